"""Buckets: an app's, for all who use the app and whom it allows; or one principal's, for what the server makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, InvalidField, NotAllowed, NotFound
from outfeed.identity.caller import Caller
from outfeed.library import queries
from outfeed.schema import bucket_grants, buckets

Word = TypeVar("Word", bound=StrEnum)

#: What a key may look like (OSS reference).
KEY: Final = re.compile(r"[-_.a-z0-9]{3,128}")
#: Keys of this form are the server's: it makes such a bucket for each principal that needs one.
RESULT_KEY: Final = re.compile(r"outfeed-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Policy(StrEnum):
    """How long objects should live. Kept and shown; nothing is deleted by it."""

    TRANSIENT = "transient"
    TEMPORARY = "temporary"
    PERSISTENT = "persistent"


class Access(StrEnum):
    """What a bucket's owner lets another app do."""

    FULL = "full"
    READ = "read"


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

    def create(self, caller: Caller, key: str, *, policy: str, allowed: Mapping[str, str]) -> Bucket:
        """
        Make a bucket for the caller's app.

        Raises
        ------
        InvalidField
            If the key, the policy or an access is not one of those that there are.
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
        )
        with writing(self._database) as connection:
            if RESULT_KEY.fullmatch(key) or queries.bucket_row(connection, key):
                raise AlreadyExists(f"Bucket {key}.")
            _insert(connection, bucket)
        return bucket

    def get(self, caller: Caller, key: str) -> Bucket:
        """Return a bucket that the caller may at least read, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_bucket(connection, caller, key)

    def list(self, caller: Caller, *, limit: int, after: str = "") -> tuple[list[Bucket], bool]:
        """Return the caller's own buckets by key, those behind `after`, and whether there are more than `limit`."""
        with reading(self._database) as connection:
            rows = queries.own_buckets(connection, caller, limit=limit + 1, after=after)
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


def find_bucket(connection: sa.Connection, caller: Caller, key: str) -> Bucket:
    """Return a bucket that the caller may at least read, or raise `NotFound`."""
    row = queries.bucket_row(connection, key)
    bucket = _bucket(connection, row) if row else None
    if bucket is None or bucket.access_of(caller) is None:
        raise NotFound(f"Bucket {key}.")
    return bucket


def find_writable_bucket(connection: sa.Connection, caller: Caller, key: str) -> Bucket:
    """Return a bucket that the caller may upload into; raise `NotAllowed` if it may only read."""
    bucket = find_bucket(connection, caller, key)
    if bucket.access_of(caller) is not Access.FULL:
        raise NotAllowed(f"Bucket {key} is for reading.")
    return bucket


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


def _insert(connection: sa.Connection, bucket: Bucket) -> None:
    connection.execute(
        sa.insert(buckets).values(
            key=bucket.key,
            app_id=bucket.app_id,
            principal_id=bucket.principal_id,
            policy=bucket.policy.value,
            created_at=bucket.created_at,
        )
    )
    for app_id, access in bucket.allowed.items():
        connection.execute(sa.insert(bucket_grants).values(bucket_key=bucket.key, app_id=app_id, access=access.value))


def _bucket(connection: sa.Connection, row: queries.BucketRow) -> Bucket:
    key, app_id, principal_id, policy, created_at = row
    return Bucket(
        key=key,
        app_id=app_id,
        principal_id=principal_id,
        policy=Policy(policy),
        created_at=created_at,
        allowed={app: Access(access) for app, access in queries.bucket_access(connection, key)},
    )


def _checked_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise InvalidField("A bucketKey has 3 to 128 of: a-z 0-9 - _ .")
    return key


def _one_of(kind: type[Word], text: str, field: str) -> Word:
    try:
        return kind(text.lower())
    except ValueError as error:
        raise InvalidField(f"{field} is one of: {', '.join(kind)}.") from error
