"""Signed resources: addresses of one object that need no token, for a while, for one use or for many.

The database keeps digests of their ids only, so whoever reads it can use none of them.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import InvalidField, LinkExpired, NotAllowed, NotFound
from outfeed.identity.caller import Caller
from outfeed.library.buckets import find_bucket, find_writable_bucket
from outfeed.library.objects import ObjectRecord, find_object, object_row
from outfeed.schema import signed_resources

#: Addresses of clients that one signed resource can name.
MAX_ADDRESSES: Final = 100
#: How long an address that has ended is still told from one that never was, in milliseconds.
REMEMBERED_MS: Final = 24 * 3_600_000


class SignedAccess(StrEnum):
    """What a signed resource lets its holder do."""

    READ = "read"
    WRITE = "write"
    READWRITE = "readwrite"


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What a signed resource is good for."""

    access: SignedAccess
    #: Life in milliseconds.
    life_ms: int
    single_use: bool = False
    #: Internet addresses, or networks, of the clients that may use it; None: all.
    addresses: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedResource:
    """A signed resource as the library keeps it."""

    #: SHA-256 of its id, as hex.
    digest: str
    bucket_key: str
    name: str
    access: SignedAccess
    single_use: bool
    addresses: Sequence[str] | None
    created_at: int
    expires_at: int
    #: When one for a single use was used; None: not yet.
    used_at: int | None


@dataclass(frozen=True, slots=True)
class LinksRight:
    """The right to write that a signed resource gives: the object must be there, and may be replaced."""

    resource: SignedResource
    clock: Clock

    @property
    def bucket_key(self) -> str:
        """The object's bucket."""
        return self.resource.bucket_key

    @property
    def name(self) -> str:
        """The object's name."""
        return self.resource.name

    @property
    def sender(self) -> str:
        """The resource: no app has such an id, so nobody else's chunks are mixed with these."""
        return f"signed:{self.resource.digest}"

    @property
    def may_overwrite(self) -> bool:
        """Always: that is what it is for."""
        return True

    def check(self, connection: sa.Connection) -> None:
        """Raise `LinkExpired` or `NotFound` unless it still works."""
        _check_live(_resource(connection, self.resource.digest), now=self.clock())
        if object_row(connection, self.bucket_key, self.name, now=self.clock()) is None:
            raise NotFound("The object was deleted.")

    def spend(self, connection: sa.Connection) -> None:
        """Raise `LinkExpired` if it was for a single use and somebody has had that."""
        if self.resource.single_use:
            _spend(connection, self.resource.digest, now=self.clock())


class Signed:
    """Makes signed resources, opens them, and ends them."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def create(self, caller: Caller, bucket_key: str, name: str, terms: Terms) -> tuple[str, SignedResource]:
        """
        Make a signed resource of an object; return its id, which is kept nowhere, and what it is.

        Raises
        ------
        InvalidField
            If an internet address is none.
        NotFound
            If there is no such object that the caller sees.
        NotAllowed
            If the bucket is not the caller's own or fully open to it.
        """
        _check_addresses(terms.addresses)
        resource_id, now = self._new_id(), self._clock()
        resource = SignedResource(
            digest=_digest(resource_id),
            bucket_key=bucket_key,
            name=name,
            access=terms.access,
            single_use=terms.single_use,
            addresses=terms.addresses,
            created_at=now,
            expires_at=now + terms.life_ms,
            used_at=None,
        )
        with writing(self._database) as connection:
            find_object(connection, caller, bucket_key, name, now=now)
            _check_giver(connection, caller, bucket_key, name, terms.access)
            connection.execute(sa.insert(signed_resources).values(_values(resource)))
        return resource_id, resource

    def open(self, resource_id: str, *, address: str, access: SignedAccess) -> SignedResource:
        """
        Return a signed resource that lets a client do what it asks for.

        Raises
        ------
        NotFound
            If there is none.
        LinkExpired
            If its time is over, or its single use.
        NotAllowed
            If it is for something else, or for clients at other internet addresses.
        """
        with reading(self._database) as connection:
            found = _resource(connection, _digest(resource_id))
        _check_live(found, now=self._clock())
        if found.addresses is not None and not _is_among(address, found.addresses):
            raise NotAllowed("It is for clients at other internet addresses.")
        if found.access not in {access, SignedAccess.READWRITE}:
            raise NotAllowed(f"Signed Resource does not grant {access} permissions.")
        return found

    def record(self, resource: SignedResource) -> ObjectRecord:
        """Return the object behind a signed resource, or raise `NotFound`."""
        with reading(self._database) as connection:
            found = object_row(connection, resource.bucket_key, resource.name, now=self._clock())
        if found is None:
            raise NotFound("The object was deleted.")
        return found

    def right(self, resource: SignedResource) -> LinksRight:
        """Return the right to write that comes with a signed resource that was opened for it."""
        return LinksRight(resource, self._clock)

    def spend(self, resource: SignedResource) -> None:
        """Use a signed resource up, if it is for a single use; of several requests one gets through."""
        if resource.single_use:
            with writing(self._database) as connection:
                _spend(connection, resource.digest, now=self._clock())

    def end(self, resource: SignedResource) -> None:
        """Remove a signed resource; the object stays."""
        with writing(self._database) as connection:
            connection.execute(sa.delete(signed_resources).where(signed_resources.c.digest == resource.digest))

    def revoke(self, caller: Caller, resource_id: str) -> None:
        """
        Remove a signed resource of an object in the caller's bucket; the object stays.

        Raises
        ------
        NotFound
            If there is none, or the caller does not see the bucket.
        NotAllowed
            If the bucket is not the caller's own or fully open to it.
        """
        with writing(self._database) as connection:
            found = _resource(connection, _digest(resource_id))
            find_bucket(connection, caller, found.bucket_key, found.name)
            _check_giver(connection, caller, found.bucket_key, found.name, SignedAccess.READ)
            connection.execute(sa.delete(signed_resources).where(signed_resources.c.digest == found.digest))


def end_writing(connection: sa.Connection, bucket_key: str, name: str) -> None:
    """Remove the signed resources by which an object could be written."""
    found = signed_resources.c
    here = found.bucket_key == bucket_key, found.name == name
    connection.execute(sa.delete(signed_resources).where(*here, found.access != SignedAccess.READ.value))


def _check_giver(connection: sa.Connection, caller: Caller, bucket_key: str, name: str, access: SignedAccess) -> None:
    """Raise `NotAllowed` unless the caller may hand out this access; a principal may share its own results."""
    if access is not SignedAccess.READ:
        find_writable_bucket(connection, caller, bucket_key, name)
    elif not find_bucket(connection, caller, bucket_key, name).may_delete(caller):
        raise NotAllowed(f"Bucket {bucket_key} is for reading.")


def _resource(connection: sa.Connection, digest: str) -> SignedResource:
    row = connection.execute(sa.select(signed_resources).where(signed_resources.c.digest == digest)).one_or_none()
    if row is None:
        raise NotFound("Signed resource.")
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return SignedResource(**values | {"access": SignedAccess(values["access"])})


def _values(resource: SignedResource) -> dict[str, Any]:
    values = {column.name: getattr(resource, column.name) for column in signed_resources.columns}
    addresses = None if resource.addresses is None else list(resource.addresses)
    return values | {"access": resource.access.value, "addresses": addresses}


def _check_live(resource: SignedResource, *, now: int) -> None:
    if resource.expires_at <= now:
        raise LinkExpired
    if resource.used_at is not None:
        raise LinkExpired("It was for a single use.")


def _spend(connection: sa.Connection, digest: str, *, now: int) -> None:
    """Use up, in one statement, what nobody has used yet."""
    found = signed_resources.c
    used = connection.execute(
        sa.update(signed_resources)
        .where(found.digest == digest, found.used_at.is_(None), found.expires_at > now)
        .values(used_at=now)
    )
    if used.rowcount != 1:
        raise LinkExpired("It was for a single use.")


def _digest(resource_id: str) -> str:
    return hashlib.sha256(resource_id.encode()).hexdigest()


def _check_addresses(addresses: Sequence[str] | None) -> None:
    """Raise `InvalidField` unless each is an internet address or a network."""
    if addresses is None:
        return
    try:
        networks = [ip_network(address, strict=False) for address in addresses]
    except ValueError as error:
        raise InvalidField(f"allowedIpAddresses: {error}.") from error
    if not 0 < len(networks) <= MAX_ADDRESSES:
        raise InvalidField(f"allowedIpAddresses names 1 to {MAX_ADDRESSES} addresses.")


def _is_among(address: str, allowed: Sequence[str]) -> bool:
    """Tell whether a client's address is allowed; what is no address, such as that of a socket file, is not."""
    try:
        client = ip_address(address)
    except ValueError:
        return False
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped
    return any(client in ip_network(network, strict=False) for network in allowed)
