"""Buckets: an app's, for all who use the app and whom it allows; or one principal's, for what the server makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, InvalidField, NotAllowed, NotFound
from outfeed.identity.apps import CLI, ensure_cli
from outfeed.identity.caller import Caller
from outfeed.library import queries
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.schema import bucket_grants, buckets

Word = TypeVar("Word", bound=StrEnum)

#: What a key may look like (OSS reference).
KEY: Final = re.compile(r"[-_.a-z0-9]{3,128}")
#: Keys of this form are the server's: it makes such a bucket for each principal that needs one.
RESULT_KEY: Final = re.compile(r"outfeed-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


#: Milliseconds of an hour.
_HOUR_MS: Final = 3_600_000


class Policy(StrEnum):
    """How long an object lives after its bytes were put."""

    TRANSIENT = "transient"
    TEMPORARY = "temporary"
    PERSISTENT = "persistent"

    @property
    def life_ms(self) -> int | None:
        """That life in milliseconds; None: until somebody deletes the object."""
        return {Policy.TRANSIENT: 24 * _HOUR_MS, Policy.TEMPORARY: 30 * 24 * _HOUR_MS}.get(self)


class Region(StrEnum):
    """Where a bucket is said to be: this server has one place, and keeps and shows the word."""

    US = "US"
    EMEA = "EMEA"
    APAC = "APAC"
    AUS = "AUS"
    CAN = "CAN"
    DEU = "DEU"
    IND = "IND"
    JPN = "JPN"
    GBR = "GBR"


class Access(StrEnum):
    """What a bucket's owner lets another app do."""

    FULL = "full"
    READ = "read"


#: The client library says that APAC is the old name of AUS.
_ALIKE: Final = {region: {Region.APAC, Region.AUS} for region in (Region.APAC, Region.AUS)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A bucket as the library keeps it."""

    key: str
    #: The app that owns it, or None for a principal's.
    app_id: str | None
    #: The principal that owns it, or None for an app's.
    principal_id: str | None
    policy: Policy
    created_at: int
    #: Other apps and what they may do.
    allowed: Mapping[str, Access]
    region: Region = Region.US

    @property
    def owner(self) -> str:
        """The id of the app or of the principal."""
        return self.app_id or self.principal_id or ""

    def is_owned_by(self, caller: Caller) -> bool:
        """Tell whether it is the caller's own."""
        return self.app_id == caller.app_id or self.principal_id == caller.principal_id

    def access_of(self, caller: Caller) -> Access | None:
        """Return what the caller may do; None: not even know that it is there."""
        if self.principal_id is not None:
            return Access.READ if self.principal_id == caller.principal_id else None
        return Access.FULL if self.app_id == caller.app_id else self.allowed.get(caller.app_id)

    def may_delete(self, caller: Caller) -> bool:
        """Tell whether the caller may remove objects: a principal also those that the server made for it."""
        return self.principal_id == caller.principal_id or self.access_of(caller) is Access.FULL


class Buckets:
    """Makes buckets, finds them, and removes them."""

    def __init__(self, database: sa.Engine, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, caller: Caller, key: str, *, policy: str, allowed: Mapping[str, str], region: str = Region.US
    ) -> Bucket:
        """
        Make a bucket for the caller's app.

        Raises
        ------
        InvalidField
            If the key, the policy, an access or the region is not one of those that there are.
        AlreadyExists
            If somebody has a bucket with this key, or only the server makes such ones.
        """
        bucket = Bucket(
            key=_checked_key(key),
            app_id=caller.app_id,
            principal_id=None,
            policy=_one_of(Policy, policy, "policyKey"),
            created_at=self._clock(),
            allowed={app: _one_of(Access, access, "access") for app, access in allowed.items()},
            region=parse_region(region),
        )
        with writing(self._database) as connection:
            if key == STORAGE_BUCKET or RESULT_KEY.fullmatch(key) or queries.bucket_row(connection, key):
                raise AlreadyExists(f"Bucket {key}.")
            _insert(connection, bucket)
        return bucket

    def get(self, caller: Caller, key: str) -> Bucket:
        """Return a bucket that the caller may at least read, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_bucket(connection, caller, key)

    def list(
        self, caller: Caller, *, limit: int, after: str = "", region: Region | None = None
    ) -> tuple[list[Bucket], bool]:
        """Return the caller's own buckets by key, those behind `after`, and whether there are more than `limit`."""
        regions = None if region is None else _ALIKE.get(region, {region})
        with reading(self._database) as connection:
            rows = queries.own_buckets(connection, caller, limit=limit + 1, after=after, regions=regions)
            found = [_bucket(connection, row) for row in rows[:limit]]
        return found, len(rows) > limit

    def delete(self, caller: Caller, key: str) -> None:
        """
        Remove a bucket of the caller's own with all that is in it.

        Raises
        ------
        NotFound
            If the caller does not see it.
        NotAllowed
            If it is another app's, which lets the caller only use it.
        """
        with writing(self._database) as connection:
            if not find_bucket(connection, caller, key).is_owned_by(caller):
                raise NotAllowed("Only its owner deletes a bucket.")
            connection.execute(sa.delete(buckets).where(buckets.c.key == key))


def find_bucket(connection: sa.Connection, caller: Caller, key: str, name: str = "") -> Bucket:
    """
    Return a bucket that the caller may at least read, or raise `NotFound`.

    Of the bucket that all projects share the caller sees only objects, and of those that of each project it is a
    member of: `name` is the object that the caller asks for.
    """
    row = queries.bucket_row(connection, key)
    bucket = _bucket(connection, row) if row else None
    if bucket and key == STORAGE_BUCKET:
        bucket = replace(bucket, app_id="", allowed=_allowed_of_storage(connection, caller, name))
    if bucket is None or bucket.access_of(caller) is None:
        raise NotFound(f"Bucket {key}.")
    return bucket


def _allowed_of_storage(connection: sa.Connection, caller: Caller, name: str) -> dict[str, Access]:
    """Return what the caller may do with an object of the shared bucket: write it until it is a version's."""
    row = queries.storage_row(connection, name, caller.principal_id)
    if row is None:
        return {}
    return {caller.app_id: Access.FULL if row.version_id is None else Access.READ}


def find_writable_bucket(connection: sa.Connection, caller: Caller, key: str, name: str = "") -> Bucket:
    """Return a bucket that the caller may upload an object into; raise `NotAllowed` if it may only read."""
    bucket = find_bucket(connection, caller, key, name)
    if bucket.access_of(caller) is not Access.FULL:
        raise NotAllowed(f"Bucket {key} is for reading.")
    return bucket


def policy_of(connection: sa.Connection, key: str) -> Policy:
    """Return the policy of a bucket that is there."""
    return Policy(connection.execute(sa.select(buckets.c.policy).where(buckets.c.key == key)).scalar_one())


def ensure_result_bucket(connection: sa.Connection, principal_id: str, now: int) -> str:
    """Return the key of the principal's bucket for results, and make it if it is not there."""
    key = f"outfeed-{principal_id}"
    if queries.bucket_row(connection, key) is None:
        _insert(
            connection,
            Bucket(
                key=key,
                app_id=None,
                principal_id=principal_id,
                policy=Policy.PERSISTENT,
                created_at=now,
                allowed={},
            ),
        )
    return key


def ensure_storage_bucket(connection: sa.Connection, now: int) -> None:
    """Make the bucket that all projects share, if it is not there."""
    if queries.bucket_row(connection, STORAGE_BUCKET) is None:
        ensure_cli(connection, now=now)
        _insert(
            connection,
            Bucket(
                key=STORAGE_BUCKET,
                app_id=CLI,
                principal_id=None,
                policy=Policy.TRANSIENT,
                created_at=now,
                allowed={},
            ),
        )


def _insert(connection: sa.Connection, bucket: Bucket) -> None:
    connection.execute(
        sa.insert(buckets).values(
            key=bucket.key,
            app_id=bucket.app_id,
            principal_id=bucket.principal_id,
            policy=bucket.policy.value,
            created_at=bucket.created_at,
            region=bucket.region.value,
        )
    )
    for app_id, access in bucket.allowed.items():
        connection.execute(sa.insert(bucket_grants).values(bucket_key=bucket.key, app_id=app_id, access=access.value))


def _bucket(connection: sa.Connection, row: queries.BucketRow) -> Bucket:
    key, app_id, principal_id, policy, created_at, region = row
    return Bucket(
        key=key,
        app_id=app_id,
        principal_id=principal_id,
        policy=Policy(policy),
        created_at=created_at,
        allowed={app: Access(access) for app, access in queries.bucket_access(connection, key)},
        region=Region(region or Region.US),
    )


def parse_region(text: str) -> Region:
    """Return the region of a name in any case, or raise `InvalidField`."""
    try:
        return Region(text.upper())
    except ValueError as error:
        raise InvalidField(f"region is one of: {', '.join(Region)}.") from error


def _checked_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise InvalidField("A bucketKey has 3 to 128 of: a-z 0-9 - _ .")
    return key


def _one_of(kind: type[Word], text: str, field: str) -> Word:
    try:
        return kind(text.lower())
    except ValueError as error:
        raise InvalidField(f"{field} is one of: {', '.join(kind)}.") from error
