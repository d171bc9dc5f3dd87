"""What a call to Model Derivative is about: an object or a version, by its encoded name, for whoever may read it."""

from dataclasses import dataclass

from outfeed.dialects.autodesk.acting import acted_for
from outfeed.dialects.autodesk.names import (
    encoded,
    object_urn,
    parse_object,
    parse_version,
    unencoded,
    version_urn,
)
from outfeed.exports.derivatives import DerivativeSource
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, services
from outfeed.http.paths import decoded
from outfeed.identity.caller import Caller
from outfeed.library.items import ItemVersion
from outfeed.services import Services

#: What the name of an object begins with.
_OBJECTS = "urn:adsk.objects:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is translated, or was."""

    #: Whom the call acts for.
    caller: Caller
    found: DerivativeSource
    #: None: it is an object.
    item: ItemVersion | None

    @property
    def urn(self) -> str:
        """Its encoded name, as this server writes it."""
        return encoded(self.found.address)

    @property
    def version_id(self) -> str | None:
        """Of a version its id; None: it is an object."""
        return self.item.version.id if self.item else None


async def reader_of(request: Incoming) -> Caller:
    """Return the caller, who may look at results: by either scope, as the reference has it."""
    caller = await caller_of(request)
    caller.require_any("data:read", "viewables:read")
    return caller


def source_of(request: Incoming, caller: Caller, urn: str) -> Source:
    """
    Return the source that an encoded name stands for.

    With a user in `x-user-id` an app reads what both it and the user may: the header narrows, and never widens.

    Raises
    ------
    NotFound
        If there is no such thing, or one of the two may not read it.
    """
    parts, address = services(request), unencoded(decoded(urn))
    user = acted_for(request, caller)
    found = _find(parts, caller, address)
    return found if user.principal_id == caller.principal_id else _find(parts, user, address)


def _find(parts: Services, caller: Caller, address: str) -> Source:
    if address.startswith(_OBJECTS):
        name = parse_object(address)
        plain = object_urn(name.bucket_key, name.name)
        thing = parts.derivatives.object_source(caller, plain, name.bucket_key, name.name)
        return Source(caller=caller, found=thing, item=None)
    version = parse_version(address)
    plain = version_urn(version.model_id, version.index)
    thing = parts.derivatives.version_source(caller, plain, version.model_id, version.index)
    item = parts.items.somewhere(caller, version.model_id, version.index)
    return Source(caller=caller, found=thing, item=item)
