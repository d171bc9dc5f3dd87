"""
The vendor's own clients from npm, unmodified, each told only the address of this server.

How each is told (`BASE` has no slash at its end):

- `forge-apis`: `ApiClient.instance.switchServerPath(BASE)`, before the first `AuthClientTwoLegged` is made: an auth
  client keeps the address that it was made with. Or for one client: `new ApiClient(BASE)` passed to `BucketsApi`,
  `ObjectsApi` and as the fifth argument of `AuthClientTwoLegged[V2]`.
- `@aps_sdk/*`: `configuration = new ApsConfiguration({}); configuration.BaseAddress = BASE`, then
  `SdkManagerBuilder.create().addApsConfiguration(configuration).build()` passed as `sdkManager` to every client.
- `forge-server-utils`: the `host` argument, third of `AuthenticationClient`, second of `DataManagementClient`.
"""

import base64
import io
from typing import Any

import pytest
import trimesh

from acceptance.harness import DATA, Server
from acceptance.node import run_node
from acceptance.programs import Program

CHIMNEY = DATA / "stl" / "sparkpm-Chimney.stl"
FILE_TYPES = {"obj": "obj", "stl_ascii": "stl", "stl_binary": "stl", "glb": "glb"}
URN = "urn:adsk.objects:os.object:"

pytestmark = pytest.mark.skipif(not CHIMNEY.exists(), reason="the shared test data is not beside the checkout")


@pytest.fixture
def program(server: Server) -> Program:
    """Return an app that nobody else uses."""
    return Program.made(server, "vendor's client")


def run_client(script: str, program: Program, *more: str) -> dict[str, Any]:
    """Run a client with a program's credentials and return what it tells."""
    given = [program.server.address, program.client_id, program.client_secret, str(CHIMNEY)]
    return run_node(script, *given, *more)


def triangles_of(mesh: dict[str, Any]) -> dict[str, int]:
    """Return how many triangles trimesh finds in each export that a client has downloaded."""
    found = {}
    for file_type, content in mesh["exported"].items():
        stream = io.BytesIO(base64.b64decode(content))
        found[file_type] = len(trimesh.load_mesh(stream, file_type=FILE_TYPES[file_type], process=False).faces)
    return found


def assert_chimney_in_every_type(mesh: dict[str, Any]) -> None:
    """Assert that the mesh is the vendor's own fixture, and that all four exports hold it."""
    assert (94, 49) == (mesh["triangles"], mesh["vertices"])
    assert dict.fromkeys(FILE_TYPES, 94) == triangles_of(mesh)


def test_forge_apis_signs_in_moves_objects_and_exports(program: Program) -> None:
    told = run_client("forge_apis.cjs", program)
    mesh, bucket = told.pop("mesh"), "forge-apis-bucket"

    assert {
        "signIn": {"v1": "Bearer", "v2": "Bearer", "verified": True, "refused": 401, "refusedV2": 401},
        "buckets": [200, [bucket], True],
        "onePiece": {
            "urn": f"{URN}{bucket}/a part.stl",
            "sameDetails": True,
            "sameBytes": True,
            "sameSigned": True,
        },
        "inParts": {"failed": False, "parts": 3, "sameSha1": True, "sameBytes": True},
        "inChunks": {"statuses": [202, 202, 202, 200], "arrived": True, "sameSha1": True, "sameBytes": True},
        "copied": {"name": "a/copy.stl", "sameSha1": True, "dates": [True, True, True]},
        "shared": {
            "life": 5,
            "sameBytes": True,
            "refused": 412,
            "replaced": [200, 3, "new"],
            "ended": [200, 404],
        },
        "removed": {"left": ["a part.stl"], "gone": 404, "bucketGone": 404},
    } == told
    assert_chimney_in_every_type(mesh)


def test_the_aps_sdk_signs_in_moves_objects_and_exports(program: Program) -> None:
    """A dead token is replaced in the middle of an upload, which the client does at a certain sentence."""
    told = run_client("aps_sdk.cjs", program, "a.dead.token")
    mesh, bucket = told.pop("mesh"), "aps-sdk-bucket"

    assert {
        "token": [True, True, "data:read data:write data:create bucket:create bucket:read bucket:delete", 1],
        "wrongSecret": ["AuthenticationApiError", 401, True],
        "buckets": [bucket, [bucket], "transient"],
        "small": {
            "urn": f"{URN}{bucket}/a part.stl",
            "sameDetails": True,
            "signedStatus": "complete",
            "sameSigned": True,
            "sameBytes": True,
        },
        "inParts": {"parts": 3, "sameSha1": True, "sameBytes": True, "sameRanges": True},
        "copied": {
            "name": "a/copy.stl",
            "sameSha1": True,
            "type": "model/stl",
            "dates": [True, True, True],
            "metadata": '{"job":7}',
            "one": ["createdDate"],
            "said": ["model/stl", 'inline; filename="said.stl"', "max-age=60"],
        },
        "shared": {
            "once": [True, 200, True, 403],
            "part": [206, True],
            "whole": True,
            "written": 200,
            "ended": 404,
        },
        "refreshed": {"asked": 2, "size": CHIMNEY.stat().st_size},
        "removed": {"left": ["a part.stl", "refreshed.bin"], "gone": 404, "bucketGone": 404},
    } == told
    assert_chimney_in_every_type(mesh)


def test_forge_server_utils_signs_in_with_v1_and_uses_plain_transfers(program: Program) -> None:
    """Its list of objects follows `next` over two pages."""
    told = run_client("forge_server_utils.cjs", program)
    mesh, bucket = told.pop("mesh"), "forge-server-utils-bucket"

    assert {
        "wrongSecret": [401, "AUTH-003"],
        "buckets": [bucket, [bucket]],
        "contentType": "model/stl",
        "inChunks": {"arrived": True, "stored": True, "copied": "a/copy.stl", "signed": True},
        "sameDetails": True,
        "sameBytes": True,
        "listed": 12,
        "removed": {"gone": 404, "bucketGone": 404},
    } == told
    assert_chimney_in_every_type(mesh)
