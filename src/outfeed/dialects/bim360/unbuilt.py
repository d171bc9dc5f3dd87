"""Calls of BIM 360 Docs that this server does not have: each answers 501. The README's table lists them."""

from typing import Final

from outfeed.dialects.autodesk.unbuilt import unbuilt_handlers

_FOLDER: Final = "/folders/{folder_id}"

#: Method, and path behind that of a project.
UNBUILT: Final = (
    ("POST", "/versions:batch-get"),
    ("GET", _FOLDER + "/permissions"),
    ("POST", _FOLDER + "/permissions:batch-create"),
    ("POST", _FOLDER + "/permissions:batch-update"),
    ("POST", _FOLDER + "/permissions:batch-delete"),
    ("GET", _FOLDER + "/custom-attribute-definitions"),
    ("POST", _FOLDER + "/custom-attribute-definitions"),
    ("POST", "/versions/{version_id}/custom-attributes:batch-update"),
    ("GET", "/naming-standards/{standard_id}"),
)

#: What the dialect mounts.
HANDLERS: Final = unbuilt_handlers("/bim360/docs/v1/projects/{project_id}", UNBUILT)
