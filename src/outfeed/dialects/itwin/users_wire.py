"""The words of the Users API, and of the users of an iModel (specs/itwin-models.md, sections 3 and 6)."""

from typing import Any

from outfeed.dialects.itwin.dates import stamp
from outfeed.identity.principals import Person


def me_json(person: Person) -> dict[str, Any]:
    """Return a user with every field that the caller sees of itself."""
    unknown = ("alternateEmail", "phone", "city", "country", "language")
    return {
        **user_json(person),
        "displayName": person.email,
        **dict.fromkeys(unknown),
        "createdDateTime": stamp(person.created_at),
    }


def user_json(person: Person) -> dict[str, Any]:
    """Return a user as others see it."""
    return {"id": person.id, "email": person.email, **_names(person), "organizationName": None}


def model_user_json(person: Person, *, href: str) -> dict[str, Any]:
    """Return a user of an iModel."""
    return {
        "id": person.id,
        "displayName": person.email,
        **_names(person),
        "email": person.email,
        "statistics": {
            "pushedChangesetsCount": 0,
            "lastChangesetPushDate": None,
            "createdVersionsCount": 0,
            "briefcasesCount": 0,
            "applications": [],
        },
        "_links": {"self": {"href": href}},
    }


def _names(person: Person) -> dict[str, str]:
    """Return the names to greet somebody by: of a user without any, the address up to its `@`."""
    name = person.name.partition("@")[0] if person.name == person.email else person.name
    given, _, surname = name.partition(" ")
    return {"givenName": given, "surname": surname.strip()}
