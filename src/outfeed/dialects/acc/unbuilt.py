"""Calls of the sheets module that this server does not have: each answers 501. The README's table lists them."""

from typing import Final

from outfeed.dialects.autodesk.unbuilt import unbuilt_handlers

#: Method, and path behind that of a project.
UNBUILT: Final = (
    ("POST", "/sheets:batch-update"),
    ("POST", "/sheets:batch-delete"),
    ("POST", "/sheets:batch-restore"),
    ("GET", "/version-sets"),
    ("POST", "/version-sets"),
    ("PATCH", "/version-sets/{version_set_id}"),
    ("POST", "/version-sets:batch-get"),
    ("POST", "/version-sets:batch-delete"),
    ("GET", "/collections"),
    ("GET", "/collections/{collection_id}"),
    ("POST", "/storage"),
    ("GET", "/uploads"),
    ("POST", "/uploads"),
    ("GET", "/uploads/{upload_id}"),
    ("GET", "/uploads/{upload_id}/review-sheets"),
    ("PATCH", "/uploads/{upload_id}/review-sheets"),
    ("POST", "/uploads/{upload_id}/review-sheets:publish"),
    ("POST", "/uploads/{upload_id}/thumbnails:batch-get"),
)

#: What the dialect mounts.
HANDLERS: Final = unbuilt_handlers("/construction/sheets/v1/projects/{project_id}", UNBUILT)
