"""
The platform's clients from npm, unmodified, from a PDF to the page that is exported of it.

`@aps_sdk/data-management`, `@aps_sdk/oss`, `@aps_sdk/model-derivative` and `forge-apis`, each told only the address of
this server. None of them has the call that exports a page: that is plain HTTP.
"""

import base64
import io
from pathlib import Path

import pikepdf

from acceptance.drawings_at import a_plan_room
from acceptance.harness import Server
from acceptance.node import run_node
from acceptance.programs import Program
from unit.drawing_site import a_pdf


def test_the_platforms_clients_upload_a_drawing_and_download_its_page(tmp_path: Path) -> None:
    drawing = tmp_path / "set.pdf"
    drawing.write_bytes(a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"]))
    with Server(tmp_path / "data") as server:
        program = Program.made(server, "plan reader")
        with a_plan_room(server.data, "ann@example.com", "Tower") as room:
            member = room.services.identity.principal_of(program.client_id)
            room.services.projects.add_member(room.project_id, member)
            told = run_node("sheets.cjs", server.address, program.client_id, program.client_secret, str(drawing))

    with pikepdf.open(io.BytesIO(base64.b64decode(told.pop("pdf")))) as pdf:
        assert [True] == [b"first floor" in page.Contents.read_bytes() for page in pdf.pages]
    assert {
        "hub": True,
        "actions": ["CONVERT", "SPLIT", "OCR"],
        "item": "items:autodesk.bim360:File",
        "pages": ["A-101", "A-102"],
        "status": ["committed", "completed"],
        "listed": [True, True],
        "withoutSignature": 403,
        "notThere": 404,
        "same": [True, True, True, True],
    } == told
