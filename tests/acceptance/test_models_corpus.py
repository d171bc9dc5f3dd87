"""Every model file of the shared data through a real server: it becomes a tileset, or says why it cannot."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from acceptance.harness import DATA, PATIENCE_S, Server, wait_for
from acceptance.models_at import Shelf, a_shelf
from acceptance.test_corpus import packed
from outfeed import errors
from unit.corpus import NOT_FINITE, needs_data

FOLDERS: Final = ("ifc", "step", "bim", "glb", "gltf")
LIMIT_S: Final = 120.0
TABLE: Final = Path(__file__).parents[2] / "build" / "models.tsv"
REFUSALS: Final = {error.code for error in errors.every_error() if issubclass(error, errors.SourceError)}

#: Files that their list calls good, or ok, and that no tileset can be made of: why.
NOTHING_TO_SHOW: Final = {
    NOT_FINITE: "infinite coordinates",
    "bim": "iModels are not read",
}


@dataclass(kw_only=True)
class File:
    """A file, what is said of it, and what happened."""

    path: str
    #: good, odd, broken; for hostile files ok, reject, bounded.
    verdict: str
    facts: str
    status: str = ""
    error: str | None = None
    code: str | None = None

    @property
    def folder(self) -> str:
        return self.path.removeprefix("hostile/").partition("/")[0]

    @property
    def has_companions(self) -> bool:
        return self.path.count("/") > 1 and not self.path.startswith("hostile/")

    def content(self) -> bytes:
        return packed((DATA / self.path).parent) if self.has_companions else (DATA / self.path).read_bytes()

    def name(self) -> str:
        return Path(self.path).stem + ".zip" if self.has_companions else Path(self.path).name


def listed() -> Iterator[File]:
    """Yield the files of both lists; one of several files stands for its folder."""
    for list_name, before, verdict in (("FILES.tsv", "", "state"), ("hostile/INDEX.tsv", "hostile/", "expect")):
        with (DATA / list_name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                found = File(path=before + row["path"], verdict=row[verdict], facts=row.get("facts", ""))
                if found.folder in FOLDERS and not found.path.endswith((".bin", ".png", ".jpg")):
                    yield found


def shows_something(file: File) -> bool:
    """Tell whether a good file has anything to show, by what its list says of it."""
    empty = " 0 shapes" in file.facts or file.facts.startswith("0 ") or ", 0 triangles" in file.facts
    return file.path not in NOTHING_TO_SHOW and file.folder not in NOTHING_TO_SHOW and not empty


def wrong_with(file: File) -> str:
    """Return what should not have happened to a file; empty: nothing."""
    if file.verdict in {"good", "ok"} and shows_something(file) and file.status != "Complete":
        return f"it is good, and ended as {file.status}: {file.error}"
    if file.verdict == "reject" and file.status != "Invalid":
        return f"it is to be refused, and ended as {file.status}"
    if file.status == "Invalid" and not file.error:
        return "it has no reason"
    if file.status == "Invalid" and file.code not in REFUSALS:
        return f"the conversion did not cope: {file.code}: {file.error}"
    return ""


def started(http: httpx.Client, shelf: Shelf, file: File) -> tuple[File, str]:
    """Add a file as a model and start its export."""
    _, model, _ = shelf.add("ann@example.com", file.path.replace("/", "-"), file.name(), [file.content()])[0]
    answer = http.post("/mesh-export", json={"iModelId": model.id, "exportType": "3DTiles"})
    assert answer.status_code == 202, answer.text
    return file, answer.json()["export"]["id"]


def ended(http: httpx.Client, file: File, export_id: str) -> None:
    """Wait until an export has ended, and note how."""

    def is_over() -> dict[str, Any] | None:
        answer = http.get(f"/mesh-export/{export_id}")
        assert answer.status_code == 200, answer.text
        export: dict[str, Any] = answer.json()["export"]
        return export if export["status"] in {"Complete", "Invalid"} else None

    export = wait_for(is_over, limit_s=LIMIT_S, every_s=0.1)
    file.status, file.error = export["status"], export.get("error")


def codes(server: Server) -> dict[str, str]:
    """Return the code of each export's error by the export's id."""
    with closing(sqlite3.connect(server.data / "outfeed.sqlite")) as database:
        rows = database.execute("SELECT e.id, j.error_code FROM model_exports e JOIN jobs j ON j.id = e.job_id")
        return dict(rows.fetchall())


@needs_data
def test_every_model_file_becomes_a_tileset_or_says_why_not(tmp_path: Path) -> None:
    """No answer is a 5xx, no job is stuck, no conversion dies, and the server lives on."""
    with Server(tmp_path / "data") as server, a_shelf(server.data) as shelf:
        headers = {"Authorization": f"Bearer {shelf.token('ann@example.com')}"}
        with httpx.Client(base_url=server.address, headers=headers, timeout=PATIENCE_S) as http:
            asked = [started(http, shelf, file) for file in listed()]
            for file, export_id in asked:
                ended(http, file, export_id)
        found = codes(server)
        for file, export_id in asked:
            file.code = found[export_id]
        log = server.log()

    TABLE.parent.mkdir(exist_ok=True)
    rows = [f"{file.path}\t{file.verdict}\t{file.status}\t{file.code or ''}\t{file.error or ''}" for file, _ in asked]
    TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert [] == [f"{file.path}: {wrong}" for file, _ in asked if (wrong := wrong_with(file))]
    assert "request_broke" not in log


def test_a_file_that_ends_otherwise_than_its_list_says_is_seen() -> None:
    """The judge of this test is not asleep."""
    cases = [
        File(path="ifc/a.ifc", verdict="good", facts="3 shapes", status="Invalid", error="x", code="source_damaged"),
        File(path="hostile/ifc/a.ifc", verdict="reject", facts="", status="Complete"),
        File(path="hostile/ifc/a.ifc", verdict="bounded", facts="", status="Invalid", error=""),
        File(path="ifc/a.ifc", verdict="broken", facts="", status="Invalid", error="x", code="conversion_crashed"),
    ]

    assert all(map(wrong_with, cases))
    assert "" == wrong_with(File(path="ifc/a.ifc", verdict="broken", facts="", status="Complete"))
