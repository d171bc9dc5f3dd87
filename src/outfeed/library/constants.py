"""What several pages of the library share."""

from typing import Final

#: The bucket that all projects share: its objects are the bytes of their files, and those on their way in.
STORAGE_BUCKET: Final = "wip.dm.prod"
