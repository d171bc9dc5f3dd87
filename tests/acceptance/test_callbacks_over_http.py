"""Clients that are real servers on this machine: over TLS, and told by the application while it is up."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from litestar.testing import TestClient

from callback_client import CallbackClient, a_client
from outfeed.app import application
from outfeed.fleet.calls import Answer, GuardedCaller
from outfeed.fleet.print_jobs import NewJob
from outfeed.settings import Settings
from unit.fleet_site import a_fleet

#: The name that the certificate is for; it resolves to this machine.
NAME = "client.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for `NAME`, signed by itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "client.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + made.public_bytes(pem))
    return path


@contextmanager
def a_tls_client(certificate: Path) -> Iterator[CallbackClient]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with a_client(context) as client:
        yield client


def posted(name: str, port: int, trusted: Path | None) -> Answer | None:
    """Call `name`, which resolves to this machine."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    def context() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=trusted) if trusted else httpcore.default_ssl_context()

    caller = GuardedCaller(Settings(callback_hosts="*", callback_private=True), resolve=resolve, trusted=context)
    return asyncio.run(caller.post(f"https://{name}:{port}/cb", "", b"{}", event=1))


def test_a_certificate_for_the_name_is_good_whatever_number_was_dialled(certificate: Path) -> None:
    with a_tls_client(certificate) as client:
        answer = posted(NAME, client.server_port, certificate)

    assert answer is not None
    assert (200, ("/cb", {})) == (answer.status, client.got.get_nowait())


@pytest.mark.parametrize(("name", "is_trusted"), [("other.test", True), (NAME, False)])
def test_a_certificate_of_somebody_else_ends_the_call(certificate: Path, name: str, *, is_trusted: bool) -> None:
    with a_tls_client(certificate) as client:
        answer = posted(name, client.server_port, certificate if is_trusted else None)

    assert (None, True) == (answer, client.got.empty())


def test_the_application_tells_clients_while_it_is_up(tmp_path: Path) -> None:
    """What was noted before the start is told after it; what is noted later, at once."""
    with a_client() as client, a_fleet(tmp_path, callback_hosts="127.0.0.1", callback_private=True) as fleet:
        jobs = fleet.services.print_jobs
        first = jobs.create(fleet.ann, 1, NewJob(printable=None, name="bear", callback_url=client.address))
        assert client.got.empty()

        with TestClient(application(fleet.services)):
            assert ("/cb/support", first.id) == _heard(client)
            second = jobs.create(fleet.ann, 1, NewJob(printable=None, name="cat", callback_url=client.address))
            assert ("/cb/support", second.id) == _heard(client)


def _heard(client: CallbackClient) -> tuple[str, str]:
    path, body = client.next()
    return path, body["job_id"]
