"""How a picture of a mesh is drawn: where from, in what light, in which colours."""

from typing import Final

#: Part of every picture's key: raise it when any mesh gives another picture.
DRAWING_VERSION: Final = "1"
