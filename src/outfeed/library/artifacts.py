"""Whether what a job has made is still there: its owner may delete it like any other file or object."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from outfeed.library.files import file_exists
from outfeed.library.objects import object_exists


def artifact_is_there(connection: sa.Connection, place: Mapping[str, Any]) -> bool:
    """Tell whether an artifact was not deleted; its place is in the words of a job's result."""
    if "bucket" in place:
        return object_exists(connection, place["bucket"], place["name"])
    return file_exists(connection, place["file"])
