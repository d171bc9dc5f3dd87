"""Who is calling, and what the token lets them do."""

from dataclasses import dataclass

from outfeed.errors import ScopeMissing


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The principal and app behind a request."""

    #: Whom the request acts as: a user, or the app's service user.
    principal_id: str
    #: The app that the token was given to; buckets belong to it.
    app_id: str
    #: What the token allows, such as `data:read`.
    scopes: frozenset[str]

    def require(self, *scopes: str) -> None:
        """Raise `ScopeMissing` unless the token carries all of `scopes`."""
        missing = sorted(set(scopes) - self.scopes)
        if missing:
            raise ScopeMissing(f"Needed: {' '.join(missing)}.")

    def has_any(self, *scopes: str) -> bool:
        """Tell whether the token carries one of `scopes`."""
        return not self.scopes.isdisjoint(scopes)

    def require_any(self, *scopes: str) -> None:
        """Raise `ScopeMissing` unless the token carries one of `scopes`."""
        if not self.has_any(*scopes):
            raise ScopeMissing(f"Needed: {' or '.join(scopes)}.")
