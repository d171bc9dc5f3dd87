"""`serve --open`: no tokens, on this machine only, and no foreign page may use it through a browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acceptance.harness import PATIENCE_S, Client, Server
from acceptance.node import run_node
from acceptance.programs import TETRAHEDRON

#: What the server says when it will not be open to a network.
REFUSAL = "open mode serves without tokens and is for loopback only"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return an open server."""
    with Server(tmp_path_factory.mktemp("open") / "data", arguments=("--open",)) as running:
        yield running


@pytest.fixture
def anyone(opened: Server) -> Iterator[Client]:
    """Return a client without a token."""
    with Client(opened.address, headers={}) as client:
        yield client


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com"])  # noqa: S104 - to be refused
def test_another_host_than_loopback_is_refused(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "outfeed", "serve", "--open", "--host", host, "--port", "0", "--data"]
    ran = subprocess.run(
        [*command, str(tmp_path / "data")], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )

    assert ran.returncode in {1, 2}
    assert REFUSAL in " ".join(ran.stderr.replace("│", " ").split())
    assert "Traceback" not in ran.stderr
    assert "http://" not in ran.stdout


def test_no_token_is_needed(anyone: Client) -> None:
    """The results belong to the local user, whatever token is sent."""
    urn = anyone.put_object(anyone.make_bucket("open-bucket"), "part.stl", TETRAHEDRON)
    mesh = anyone.result(anyone.import_task(urn))
    exported = anyone.result(anyone.export_task(mesh["id"], "stl_binary"))

    assert 84 + 4 * 50 == len(anyone.download(exported["file_id"]))
    assert 200 == anyone.get(f"/geom/meshes/{mesh['id']}", headers={"Authorization": "Bearer whatever"}).status_code


@pytest.mark.parametrize("script", ["forge_apis.cjs", "aps_sdk.cjs", "forge_server_utils.cjs"])
def test_an_unmodified_client_signs_in_with_any_id_and_secret(opened: Server, tmp_path: Path, script: str) -> None:
    part = tmp_path / "part.stl"
    part.write_bytes(TETRAHEDRON)

    told = run_node("sign_in.cjs", opened.address, "any id", "any secret", str(part), script)

    assert {"triangles": 4, "vertices": 4} == {name: told[name] for name in ("triangles", "vertices")}


@pytest.mark.parametrize("path", ["/oss/v2/buckets", "/ps/v1/print/tasks/7", "/authentication/v2/keys", "/docs"])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Host", "rebound.example"),
        ("Host", "192.0.2.1:8080"),
        ("Host", "localhost.example"),
        ("Origin", "http://app.example"),
        ("Origin", "http://localhost.example"),
        ("Origin", "https://192.0.2.1"),
        ("Origin", "null"),
    ],
)
def test_a_foreign_host_or_origin_is_refused(anyone: Client, path: str, header: str, value: str) -> None:
    """`null` is foreign too: any web page can send it from a sandboxed frame."""
    assert 403 == anyone.get(path, headers={header: value}).status_code


@pytest.mark.parametrize("call", ["/ps/v1/geom/meshes/export", "/oss/v2/buckets", "/authentication/v2/token"])
def test_a_foreign_page_can_change_nothing(anyone: Client, call: str) -> None:
    """Not even with a form, for which a browser asks nobody before."""
    headers = {"Origin": "http://app.example", "Content-Type": "application/x-www-form-urlencoded"}

    assert 403 == anyone.post(call, content=b"bucketKey=stolen&policyKey=transient", headers=headers).status_code
    assert 404 == anyone.get("/oss/v2/buckets/stolen/details").status_code


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"])
def test_pages_of_this_machine_may_call(anyone: Client, origin: str) -> None:
    assert 200 == anyone.get("/oss/v2/buckets", headers={"Origin": origin}).status_code


def test_this_machine_has_several_names(opened: Server, anyone: Client) -> None:
    port = urlsplit(opened.address).port

    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert 200 == anyone.get("/oss/v2/buckets", headers={"Host": host}).status_code


def test_without_open_the_same_calls_need_a_token(server: Server) -> None:
    with Client(server.address, headers={}) as client:
        assert 401 == client.get("/oss/v2/buckets").status_code


def test_the_environment_cannot_open_a_server_to_a_network(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "outfeed", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    environment = os.environ | {"OUTFEED_OPEN": "yes", "OUTFEED_HOST": "0.0.0.0"}  # noqa: S104 - to be refused
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment, check=False)

    assert ran.returncode in {1, 2}
    assert REFUSAL in " ".join(ran.stderr.replace("│", " ").split())
