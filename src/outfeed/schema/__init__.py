"""The whole data model, a page for each part of it. Times are milliseconds since 1970-01-01 UTC.

Digests are hex, ids are UUID text. `migrations/` brings a database to this state; a test compares the two.
"""

from outfeed.schema.base import metadata
from outfeed.schema.drawings import derivatives, drawings, markups, pages, sheet_exports, storages
from outfeed.schema.fleet import callbacks, commands, print_jobs, printer_members, printers, registration_codes
from outfeed.schema.identity import apps, principals, signing_keys
from outfeed.schema.projects import (
    artifact_files,
    folders,
    model_exports,
    model_upload_blocks,
    model_uploads,
    models,
    named_versions,
    project_members,
    projects,
    share_keys,
    versions,
)
from outfeed.schema.storage import (
    bucket_grants,
    buckets,
    files,
    objects,
    resumable_chunks,
    resumables,
    signed_resources,
    upload_parts,
    uploads,
)
from outfeed.schema.work import exports, jobs, meshes, thumbnails

__all__ = [
    "apps",
    "artifact_files",
    "bucket_grants",
    "buckets",
    "callbacks",
    "commands",
    "derivatives",
    "drawings",
    "exports",
    "files",
    "folders",
    "jobs",
    "markups",
    "meshes",
    "metadata",
    "model_exports",
    "model_upload_blocks",
    "model_uploads",
    "models",
    "named_versions",
    "objects",
    "pages",
    "principals",
    "print_jobs",
    "printer_members",
    "printers",
    "project_members",
    "projects",
    "registration_codes",
    "resumable_chunks",
    "resumables",
    "share_keys",
    "sheet_exports",
    "signed_resources",
    "signing_keys",
    "storages",
    "thumbnails",
    "upload_parts",
    "uploads",
    "versions",
]
