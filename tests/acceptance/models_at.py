"""Models on a running server, put into its data folder as `outfeed model add` does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outfeed.clock import now_ms
from outfeed.library.models import Added
from outfeed.services import Services
from outfeed.settings import Settings


@dataclass(frozen=True)
class Shelf:
    """The library in a server's data folder."""

    services: Services

    def token(self, email: str) -> str:
        """Return a bearer token of a user, who is made if new."""
        return self.services.identity.token_for_user(email, ["itwin-platform"]).access_token

    def add(self, email: str, model: str, file_name: str, contents: list[bytes]) -> list[Added]:
        """Add files as versions of a user's model in a project of the same name; both are made if new."""
        caller = self.services.identity.caller(f"Bearer {self.token(email)}", client_host="")
        added = []
        for content in contents:
            with self.services.blobs.stage() as stage:
                stage.write(content)
                file = stage.finish()
            added.append(
                self.services.models.add_version(caller, project=model, model=model, file=file, file_name=file_name)
            )
        return added


@contextmanager
def a_shelf(data: Path) -> Iterator[Shelf]:
    """Open the library of a server that may run."""
    services = Services.build(Settings(data=data), clock=now_ms)
    try:
        yield Shelf(services)
    finally:
        services.close()
