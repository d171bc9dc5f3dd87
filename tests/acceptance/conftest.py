"""One server for all tests of a process that only use it; tests that hurt theirs start their own."""

from collections.abc import Iterator

import pytest

from acceptance.harness import Client, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running server with a worker."""
    with Server(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Return a client signed in as a user whom nobody else uses."""
    with server.client() as signed_in:
        yield signed_in
