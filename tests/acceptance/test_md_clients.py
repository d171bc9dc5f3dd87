"""
The vendor's own clients of Model Derivative from npm, unmodified, each told only the address of this server.

Each uploads through object storage, translates, polls the manifest until it is done, and downloads in every way that it
has. What came out is judged by trimesh, pikepdf, PDFium and Pillow.
"""

import base64
import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # it has no types
import pytest
import trimesh
from PIL import Image

from acceptance.harness import DATA, Server
from acceptance.node import run_node
from acceptance.programs import Program

CHIMNEY = DATA / "stl" / "sparkpm-Chimney.stl"
FACES = 94

pytestmark = pytest.mark.skipif(not CHIMNEY.exists(), reason="the shared test data is not beside the checkout")

#: A drawing with a line of 100 mm and a word.
DXF = """0 SECTION 2 ENTITIES
0 LINE 8 0 10 0 20 0 11 100 21 50
0 TEXT 8 0 10 10 20 5 40 5 1 CANARY
0 ENDSEC 0 EOF
""".replace(" ", "\n")


@pytest.fixture
def program(server: Server) -> Program:
    """Return an app that nobody else uses."""
    return Program.made(server, "client of derivatives")


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    """Return a drawing."""
    path = tmp_path / "plan 1.dxf"
    path.write_text(DXF)
    return path


def run_client(script: str, program: Program, drawing: Path) -> dict[str, Any]:
    """Run a client with a program's credentials and return what it tells."""
    return run_node(
        script, program.server.address, program.client_id, program.client_secret, str(CHIMNEY), str(drawing)
    )


def bytes_of(told: str) -> io.BytesIO:
    return io.BytesIO(base64.b64decode(told))


def assert_chimney(told: dict[str, str]) -> None:
    """Assert that what a client has downloaded are meshes, each with all triangles of the source."""
    found = {
        type_: len(trimesh.load_mesh(bytes_of(text), file_type=type_, process=False).faces)
        for type_, text in told.items()
    }

    assert dict.fromkeys(told, FACES) == found


def assert_plan(told: str) -> None:
    """Assert that what a client has downloaded is a PDF of one page with the drawing on it."""
    with pikepdf.open(bytes_of(told)) as pdf:
        assert 1 == len(pdf.pages)
    page = pypdfium2.PdfDocument(bytes_of(told))[0]

    assert "CANARY" in page.get_textpage().get_text_bounded()
    assert page.render(scale=1).to_pil().convert("L").getextrema()[0] < 128


def assert_picture(told: str, side: int) -> None:
    picture = Image.open(bytes_of(told))

    assert ("PNG", (side, side)) == (picture.format, picture.size)
    assert len(set(picture.convert("L").tobytes())) > 8


def test_the_aps_sdk_translates_and_downloads(program: Program, drawing: Path) -> None:
    """Its download address is made of cookies that it takes by position."""
    told = run_client("md_aps_sdk.cjs", program, drawing)
    meshes, plan, pictures = told.pop("meshes"), told.pop("plan"), told.pop("pictures")

    assert {
        "formats": ["thumbnail", "pdf", "stl", "obj", "glb"],
        "nothingYet": 404,
        "job": ["success", True, 4],
        "manifest": ["manifest", "success", "complete", "true", ["glb", "obj", "stl", "thumbnail"]],
        "again": "created",
        "forced": "success",
        "refused": [406, True],
        "head": [200, True],
        "policy": [True, 206, 4],
        "tampered": 403,
        "metadata": 501,
        "deleted": ["success", "success", 404],
    } == told
    assert_chimney(meshes)
    assert_plan(plan)
    assert_picture(pictures[0], 200)
    assert_picture(pictures[1], 400)


def test_forge_apis_translates_and_downloads(program: Program, drawing: Path) -> None:
    """It encodes the URN of a derivative, and knows the paths with a region."""
    told = run_client("md_forge_apis.cjs", program, drawing)
    meshes, plan, picture = told.pop("meshes"), told.pop("plan"), told.pop("picture")

    assert {
        "formats": ["thumbnail", "pdf", "stl", "obj", "glb"],
        "job": [200, "success"],
        "again": [201, "created"],
        "manifest": [200, "success", True],
        "region": "EMEA",
        "head": [200, True],
        "part": [206, 64],
        "cookies": [3, 200, True, 403],
        "references": 501,
        "deleted": [200, 404],
    } == told
    assert_chimney(meshes)
    assert_plan(plan)
    assert_picture(picture, 100)


def test_forge_server_utils_translates_and_downloads(program: Program, drawing: Path) -> None:
    """It does not encode the URN of a derivative; it asks for it whole, as a stream, and in chunks."""
    told = run_client("md_forge_server_utils.cjs", program, drawing)
    meshes, plan, picture = told.pop("meshes"), told.pop("plan"), told.pop("picture")

    assert {
        "job": ["success", True],
        "found": ["STL", "thumbnail"],
        "sameStream": True,
        "sameChunks": True,
        "region": "EMEA",
        "deleted": 404,
    } == told
    assert_chimney(meshes)
    assert_plan(plan)
    assert_picture(picture, 200)
