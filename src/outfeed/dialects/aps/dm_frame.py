"""What all resources of a project share in JSON: addresses, names of people, dates, outer form. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from outfeed.dialects.aps.dm_constants import Command, Extension, Type
from outfeed.dialects.autodesk.names import project_name

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the JSON of a project's resources needs beside the resources."""

    #: Address of this server, without a slash at its end.
    base: str
    project_id: str
    #: Names of people by their ids.
    people: Mapping[str, str]

    def href(self, kind: Type, urn: str, tail: str = "") -> str:
        """Return the address of a resource, or of what is behind it."""
        return f"{self.base}/data/v1/projects/{project_name(self.project_id)}/{kind}/{quote(urn, safe='')}{tail}"

    def related(self, kind: Type, urn: str, tail: str) -> Json:
        """Return the links to what is behind a resource."""
        return {"links": {"related": {"href": self.href(kind, urn, tail)}}}

    def references(self, kind: Type, urn: str) -> Json:
        """Return the relationships that folders, items and versions have in common."""
        refs, links = "/relationships/refs", "/relationships/links"
        return {
            "refs": {
                "links": {
                    "self": {"href": self.href(kind, urn, refs)},
                    "related": {"href": self.href(kind, urn, "/refs")},
                }
            },
            "links": {"links": {"self": {"href": self.href(kind, urn, links)}}},
        }

    def stamps(self, created: tuple[int, str], modified: tuple[int, str]) -> Json:
        """Return when and by whom a resource was made, and when and by whom it was changed last."""
        found: Json = {}
        for word, (at, by) in (("create", created), ("lastModified", modified)):
            found |= {f"{word}Time": iso(at), f"{word}UserId": by, f"{word}UserName": self.people.get(by, "")}
        return found


def extension(base: str, kind: Extension | Command, data: Mapping[str, Any], version: str = "1.0") -> Json:
    """Return what a resource says of its further data."""
    schema = f"{base}/schema/v1/versions/{kind}-{version}"
    return {"type": kind.value, "version": version, "schema": {"href": schema}, "data": dict(data)}


def reference(kind: Type, id_: str) -> Json:
    """Return what names a resource."""
    return {"type": kind.value, "id": id_}


def linked(kind: str, id_: str, href: str) -> Json:
    """Return a relationship to something outside of Data Management."""
    return {"data": {"type": kind, "id": id_}, "meta": {"link": {"href": href}}}


def document(data: Any, *, links: Mapping[str, str], included: Sequence[Json] | None = None) -> Json:
    """Return a whole body; `links` are addresses by what they lead to."""
    body: Json = {"jsonapi": {"version": "1.0"}, "links": {name: {"href": href} for name, href in links.items()}}
    body["data"] = data
    if included is not None:
        body["included"] = list(included)
    return body


def iso(ms: int) -> str:
    """Return a time as the API has it: with seven digits behind the seconds."""
    at = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}0000Z"
