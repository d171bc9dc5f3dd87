"""Data Management's words (specs/bim360.md, section 5)."""

from enum import StrEnum
from typing import Final

from outfeed.library.folders import FolderKind
from outfeed.library.projects import Platform

#: What bodies are (JSON:API 1.0).
MEDIA_TYPE: Final = "application/vnd.api+json"

#: As a project says it of itself.
PROJECT_TYPES: Final = {Platform.BIM360: "BIM360", Platform.ACC: "ACC"}


class Type(StrEnum):
    """Kinds of resources."""

    HUBS = "hubs"
    PROJECTS = "projects"
    FOLDERS = "folders"
    ITEMS = "items"
    VERSIONS = "versions"
    OBJECTS = "objects"
    COMMANDS = "commands"


class Extension(StrEnum):
    """What the further data of a resource is."""

    HUB = "hubs:autodesk.bim360:Account"
    PROJECT = "projects:autodesk.bim360:Project"
    FOLDER = "folders:autodesk.bim360:Folder"
    FILE_ITEM = "items:autodesk.bim360:File"
    DOCUMENT_ITEM = "items:autodesk.bim360:Document"
    FILE_VERSION = "versions:autodesk.bim360:File"
    DOCUMENT_VERSION = "versions:autodesk.bim360:Document"
    #: A version that deletes its item.
    DELETED = "versions:autodesk.core:Deleted"
    #: From a version of a file to the version of a document that is a page of it.
    FILE_TO_DOCUMENT = "derived:autodesk.bim360:FileToDocument"


class Command(StrEnum):
    """What `POST commands` can be asked to do."""

    CHECK_PERMISSION = "commands:autodesk.core:CheckPermission"
    LIST_ITEMS = "commands:autodesk.core:ListItems"
    LIST_REFS = "commands:autodesk.core:ListRefs"
    CREATE_FOLDER = "commands:autodesk.core:CreateFolder"
    PUBLISH = "commands:autodesk.bim360:C4RModelPublish"
    PUBLISH_WITHOUT_LINKS = "commands:autodesk.bim360:C4RPublishWithoutLinks"
    GET_PUBLISH_JOB = "commands:autodesk.bim360:C4RModelGetPublishJob"


#: The only kind of reference that there is here.
REF_TYPE: Final = "derived"

#: What a folder says of what may lie in it, and of what is done with it.
FOLDER_DATA: Final[dict[FolderKind, dict[str, object]]] = {
    FolderKind.ROOT: {},
    FolderKind.PLANS: {
        "visibleTypes": [Extension.DOCUMENT_ITEM.value],
        "actions": ["CONVERT", "SPLIT", "OCR"],
        "allowedTypes": [Extension.FILE_ITEM.value, Extension.FOLDER.value, Extension.DOCUMENT_ITEM.value],
        "folderType": "plan",
    },
    FolderKind.FILES: {
        "visibleTypes": [Extension.FILE_ITEM.value],
        "actions": [],
        "allowedTypes": [Extension.FILE_ITEM.value, Extension.FOLDER.value],
        "folderType": "normal",
    },
}

#: Scopes of calls that look, that change, and that make something: of the last, one is enough.
READ: Final = "data:read"
WRITE: Final = "data:write"
CREATES: Final = ("data:create", "data:write")

#: Most entries of a page, and those of one that nobody asks to be shorter.
MOST_ON_PAGE: Final = 200
#: Most resources that a command is about.
MOST_RESOURCES: Final = 50
