"""By what right somebody writes an object: as a caller with a token, or with a signed address."""

from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from outfeed.identity.caller import Caller
from outfeed.library.buckets import find_writable_bucket


class Right(Protocol):
    """A right to write one object."""

    @property
    def bucket_key(self) -> str:
        """The object's bucket."""

    @property
    def name(self) -> str:
        """The object's name."""

    @property
    def sender(self) -> str:
        """Who uses the right: uploads in chunks that others have begun under the same name are not theirs."""

    @property
    def may_overwrite(self) -> bool:
        """Whether an object that is there may be replaced."""

    def check(self, connection: sa.Connection) -> None:
        """Raise unless the right still holds."""

    def spend(self, connection: sa.Connection) -> None:
        """Note that a whole object is written with it; raise if it was for a single use and has been used."""


@dataclass(frozen=True, slots=True)
class CallersRight:
    """What a token gives; of `data:create` alone, to make new objects."""

    caller: Caller
    bucket_key: str
    name: str

    @property
    def sender(self) -> str:
        """The app: all who use it share its uploads, as its buckets."""
        return self.caller.app_id

    @property
    def may_overwrite(self) -> bool:
        """Whether the token has the scope for it."""
        return "data:write" in self.caller.scopes

    def check(self, connection: sa.Connection) -> None:
        """Raise `NotFound` or `NotAllowed` unless the caller may write into the bucket."""
        find_writable_bucket(connection, self.caller, self.bucket_key, self.name)

    def spend(self, connection: sa.Connection) -> None:
        """Do nothing: a token may be used again."""
