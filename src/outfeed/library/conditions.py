"""What a client may say of the bytes that it knows (RFC 9110, section 13), and whether that is so."""

from dataclasses import dataclass
from typing import Final, Protocol

#: Stands for whatever is there.
ANY_TAG: Final = "*"


class Known(Protocol):
    """What conditions are compared with."""

    @property
    def blob(self) -> str:
        """SHA-256 of the bytes as hex: the tag that this server gives."""

    @property
    def sha1(self) -> str:
        """SHA-1 of the bytes as hex: the tag that the vendor's reference shows."""

    @property
    def modified_at(self) -> int:
        """When the bytes were put, in milliseconds since 1970-01-01 UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """The four conditions of a request; None: not asked. Tags have no quotes, times are whole seconds since 1970."""

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None
    modified_since_s: int | None = None
    unmodified_since_s: int | None = None

    def hold(self, found: Known | None) -> bool:
        """Tell whether `If-Match`, or else `If-Unmodified-Since`, lets a request go on; nothing has no tag."""
        if self.match is not None:
            return _named(found, self.match)
        if self.unmodified_since_s is not None and found is not None:
            return _modified_s(found) <= self.unmodified_since_s
        return True

    def allow_write(self, found: Known | None) -> bool:
        """Tell whether an object may be written over what is there."""
        return self.hold(found) and not (self.none_match is not None and _named(found, self.none_match))

    def is_unchanged(self, found: Known) -> bool:
        """
        Tell whether a reader says that it has just these bytes.

        The npm client of OSS sends a random id as `If-None-Match`, so only the tags of these bytes count.
        """
        if self.none_match is not None:
            return _named(found, self.none_match)
        return self.modified_since_s is not None and _modified_s(found) <= self.modified_since_s


#: No condition at all.
UNCONDITIONAL: Final = Conditions()


def _named(found: Known | None, tags: frozenset[str]) -> bool:
    """Tell whether one of the tags is that of what is there."""
    return found is not None and not tags.isdisjoint({ANY_TAG, found.blob, found.sha1})


def _modified_s(found: Known) -> int:
    """Return when the bytes were put, in whole seconds, as HTTP has it."""
    return found.modified_at // 1000
