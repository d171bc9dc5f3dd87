"""Words that all areas of the platform share."""

from enum import StrEnum
from typing import Final

#: The scope that today's clients ask for: it is good for every call. Older ones ask for one of an area.
PLATFORM_SCOPE: Final = "itwin-platform"


class Area(StrEnum):
    """The first path segment of an API; clients write it in any case."""

    ITWINS = "itwins"
    IMODELS = "imodels"
    USERS = "users"
    MESH_EXPORT = "mesh-export"


#: Code of a request that cannot be served as it is, by area.
INVALID_REQUEST: Final = {
    Area.ITWINS: "InvalidiTwinsRequest",
    Area.IMODELS: "InvalidiModelsRequest",
    Area.USERS: "InvalidUsersRequest",
    Area.MESH_EXPORT: "InvalidMeshExportRequest",
}

#: Codes of what is not there, and what the caller calls it. Whatever is not the caller's is not there.
ABSENT: Final = {
    "iTwinNotFound": "Requested iTwin is not available.",
    "iModelNotFound": "Requested iModel is not available.",
    "ChangesetNotFound": "Requested Changeset is not available.",
    "NamedVersionNotFound": "Requested Named Version is not available.",
    "BaselineFileNotFound": "Requested Baseline File is not available.",
    "CheckpointNotFound": "Requested Checkpoint is not available.",
    "FileNotFound": "Requested file is not available.",
    "UserNotFound": "Requested user is not available.",
    "ExportNotFound": "Requested export is not available.",
}
