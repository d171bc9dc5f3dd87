"""
The vendor's own clients of Data Management from npm, unmodified, each told only the address of this server.

Each finds the project, puts a drawing of twelve pages into Plans by way of a storage and a signed upload, waits for its
pages, and asks for all that there is about them.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from acceptance.harness import DATA, Server, outfeed
from acceptance.node import run_node
from acceptance.programs import Program

SET = DATA / "pdf" / "made-sheetset_12.pdf"

pytestmark = pytest.mark.skipif(not SET.exists(), reason="the shared test data is not beside the checkout")


@dataclass(frozen=True)
class Site:
    """A program, a project that it is a member of, and a user who is none."""

    program: Program
    project: str
    stranger: str

    def run(self, script: str) -> dict[str, Any]:
        """Run a client and return what it tells."""
        program = self.program
        given = [program.server.address, program.client_id, program.client_secret, str(SET)]
        return run_node(script, *given, self.project, self.stranger)


@pytest.fixture
def site(server: Server) -> Site:
    """Return a project that nobody else uses."""
    program, name = Program.made(server, "client of data"), f"Tower {uuid.uuid4()}"
    made = json.loads(outfeed("project", "create", name, "--json", data=server.data))
    outfeed("project", "add-member", made["project"], program.client_id, data=server.data)
    user = json.loads(outfeed("user", "create", f"{uuid.uuid4()}@example.org", "--json", data=server.data))
    return Site(program, name, user["id"])


def sheet_names(told: dict[str, Any]) -> list[str]:
    """Return the names of the sheets, having seen that they are twelve."""
    names: list[str] = told["looked"].pop("names")
    assert (12, 12) == (len(names), len(set(names)))
    return names


def test_the_aps_sdk_puts_a_drawing_into_plans_and_finds_its_sheets(site: Site) -> None:
    told = site.run("dm_aps_sdk.cjs")
    names = sheet_names(told)

    assert sorted(names) == names
    assert {
        "sameHub": True,
        "type": "BIM360",
        "folders": ["Plans", "Project Files"],
        "root": "Project Root Folder",
        "strangers": 0,
        "strangersProject": 404,
    } == told["found"]
    assert ["PENDING", True] == told["item"]
    assert {
        "sourceFileNames": ["set.pdf"],
        "split": "SPLIT",
        "path": "/Plans",
        "page": [3, True, False],
        "same": [True] * 8,
        "down": [12, 12, "derived:autodesk.bim360:FileToDocument"],
        "links": [],
        "formats": [{"fileType": "pdf"}],
        "found": ["set.pdf"],
    } == told["looked"]
    permissions = told["commanded"].pop("permissions")
    assert [({"view": True, "download": True}, True)] == [(one["details"], one["permission"]) for one in permissions]
    assert {"items": ["set.pdf"], "refs": 12, "publish": 400} == told["commanded"]
    assert [2, 12, True] == told["next"]
    assert {
        "folder": ["Levels", 409, True],
        "references": [[], [], []],
        "names": ["other.pdf", "third.pdf"],
        "hidden": True,
        "shown": [],
        "missing": 404,
    } == told["changed"]


def test_forge_apis_puts_a_drawing_into_plans_and_finds_its_sheets(site: Site) -> None:
    told = site.run("dm_forge_apis.cjs")
    sheet_names(told)

    assert {
        "found": {"listed": 1, "sameHub": True, "folders": ["Plans", "Project Files"], "strangers": 0},
        "looked": {
            "direction": "to",
            "page": [3, True, False],
            "same": [True] * 9,
            "formats": [{"fileType": "pdf"}],
            "downloads": 1,
            "found": 1,
        },
        "changed": {
            "folder": "Levels",
            "allowed": True,
            "refs": 12,
            "publish": 400,
            "renamed": "plan.pdf",
            "missing": 404,
        },
        "next": 2,
    } == told
