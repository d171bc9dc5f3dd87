"""Names of our things in Autodesk's addresses (specs/bim360.md, section 5): a UUID becomes 22 letters, and back."""

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from typing import Final

from outfeed.errors import NotFound
from outfeed.library.constants import STORAGE_BUCKET

#: Realms that are understood in a name; the first one is written.
REALMS: Final = ("wipprod", "wipemea", "wipqa", "wipstg", "wipdev")
#: The account above all projects: this server has one.
HUB_ID: Final = "b." + str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:outfeed:hub"))

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LETTERS: Final = r"([A-Za-z0-9_-]{22})"
_REALM: Final = f"urn:adsk\\.(?:{'|'.join(REALMS)})"
_FOLDER: Final = re.compile(rf"{_REALM}:fs\.folder:co\.{_LETTERS}")
_LINEAGE: Final = re.compile(rf"{_REALM}:dm\.lineage:{_LETTERS}")
_VERSION: Final = re.compile(rf"{_REALM}:fs\.file:vf\.{_LETTERS}\?version=([0-9]{{1,9}})")
_OBJECT: Final = re.compile(r"urn:adsk\.objects:os\.object:([-_.a-z0-9]{3,128})/(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class VersionName:
    """A version by its model's id and its index from 0."""

    model_id: str
    index: int


@dataclass(frozen=True, slots=True)
class ObjectName:
    """An object by its bucket and its name."""

    bucket_key: str
    name: str


def folder_urn(folder_id: str) -> str:
    """Return the name of a folder."""
    return f"urn:adsk.{REALMS[0]}:fs.folder:co.{letters(folder_id)}"


def lineage_urn(model_id: str) -> str:
    """Return the name of an item."""
    return f"urn:adsk.{REALMS[0]}:dm.lineage:{letters(model_id)}"


def version_urn(model_id: str, index: int) -> str:
    """Return the name of a version; versions are counted from 1 in it."""
    return f"urn:adsk.{REALMS[0]}:fs.file:vf.{letters(model_id)}?version={index + 1}"


def storage_urn(name: str) -> str:
    """Return the name of an object in the bucket of all projects."""
    return object_urn(STORAGE_BUCKET, name)


def object_urn(bucket_key: str, name: str) -> str:
    """Return the name of an object."""
    return f"urn:adsk.objects:os.object:{bucket_key}/{name}"


def project_name(project_id: str) -> str:
    """Return a project's id as Data Management has it."""
    return f"b.{project_id}"


def parse_project(text: str) -> str:
    """Return the id of a project, with or without its `b.`; raise `NotFound` for what can be none."""
    return parse_id(text.removeprefix("b."), "Project")


def parse_id(text: str, what: str) -> str:
    """Return a UUID as it is kept, or raise `NotFound` for what is none."""
    if not _UUID.fullmatch(text):
        raise NotFound(f"{what} {text[:80]}.")
    return text.lower()


def parse_folder(text: str) -> str:
    """Return the id of a folder, or raise `NotFound`."""
    return _id(_FOLDER, text, "Folder")


def parse_lineage(text: str) -> str:
    """Return the model's id of an item, or raise `NotFound`."""
    return _id(_LINEAGE, text, "Item")


def parse_version(text: str) -> VersionName:
    """Return what the name of a version says, or raise `NotFound`."""
    found = _VERSION.fullmatch(text)
    if not found or int(found[2]) < 1:
        raise NotFound(f"Version {text[:80]}.")
    return VersionName(_uuid(found[1]), int(found[2]) - 1)


def parse_object(text: str) -> ObjectName:
    """Return what the name of an object says, or raise `NotFound`."""
    found = _OBJECT.fullmatch(text)
    if not found:
        raise NotFound(f"Object {text[:80]}.")
    return ObjectName(found[1], found[2])


def encoded(text: str) -> str:
    """Return a name as base64url without padding: how Model Derivative has it in its paths."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unencoded(text: str) -> str:
    """Return the name behind base64 in either alphabet, padded or not; raise `NotFound` for what is none."""
    plain = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise NotFound(f"{text[:80]} is no encoded name.") from None


def letters(id_: str) -> str:
    """Return a UUID as 22 letters."""
    return base64.urlsafe_b64encode(uuid.UUID(id_).bytes).rstrip(b"=").decode()


def unlettered(text: str) -> str:
    """Return the UUID behind 22 letters, or raise `NotFound`."""
    if not re.fullmatch(_LETTERS, text):
        raise NotFound(f"{text[:80]} is no id.")
    return _uuid(text)


def _id(pattern: re.Pattern[str], text: str, what: str) -> str:
    found = pattern.fullmatch(text)
    if not found:
        raise NotFound(f"{what} {text[:80]}.")
    return _uuid(found[1])


def _uuid(text: str) -> str:
    found = uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    # The last letter has bits that mean nothing: two names would be one thing.
    if letters(str(found)) != text:
        raise NotFound(f"{text} is no id.")
    return str(found)
