"""Every mesh file of the shared data through a real server, and what came out through other people's readers."""

import io
import sqlite3
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from acceptance.harness import DATA, Client, Server
from outfeed import errors
from outfeed.mesh.formats.registry import WRITERS
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from unit import judges
from unit.comparing import corner_positions
from unit.corpus import hostile, imported, rows, stated_triangles
from unit.decisions import BOUNDED, DECISIONS
from unit.mesh_helpers import read_back, written

LIMIT_S: Final = 300.0
TABLE: Final = Path(__file__).parents[2] / "build" / "corpus.tsv"
#: The unit of numbers without one at the Spark door, in millimetres.
DOOR: Final = Unit.CENTIMETRE
DOOR_MM: Final = 10.0
#: How a refused file may end: any other code says that we did not cope with it.
REFUSALS: Final = {error.code for error in errors.every_error() if issubclass(error, errors.SourceError)}


@dataclass(kw_only=True)
class File:
    """A file, what is said of it, and what happened."""

    path: str
    #: good, odd, broken; for hostile files ok, reject, bounded.
    verdict: str
    facts: str = ""
    #: A code, or the number of triangles that it stores.
    happened: int | str = ""
    took_s: float = 0.0
    tasks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def check(self, expected: Any, actual: Any, what: str) -> None:
        """Note a difference; the test shows all of them at its end."""
        if expected != actual:
            self.wrong.append(f"{self.path}: {what}: expected {expected}, got {actual}")

    def require(self, what: str, *, holds: bool) -> None:
        """Note what does not hold."""
        self.check(True, holds, what)  # noqa: FBT003 - a value to compare with

    @property
    def format(self) -> str:
        """Return the word for the import: files with others beside them come in a ZIP."""
        return "zip" if self.has_companions else self.path.rpartition(".")[2].lower()

    @property
    def has_companions(self) -> bool:
        """Tell whether it has a folder of its own."""
        return self.path.count("/") > 1 and not self.path.startswith("hostile/")

    def content(self) -> bytes:
        """Return what is uploaded."""
        return packed((DATA / self.path).parent) if self.has_companions else (DATA / self.path).read_bytes()


def packed(folder: Path) -> bytes:
    """Return a ZIP of a folder, as a user makes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            archive.write(path, str(path.relative_to(folder)))
    return out.getvalue()


def listed() -> list[File]:
    """Return the files of both lists, of every format that is read."""
    verdicts = ("ok", "reject", "bounded")
    return [
        *(
            File(path=path, verdict=state, facts=facts)
            for state in ("good", "odd", "broken")
            for path, facts in rows(state)
        ),
        *(File(path=f"hostile/{path}", verdict=verdict) for verdict in verdicts for path in hostile(verdict)),
    ]


def run(client: Client, bucket: str, file: File) -> None:
    """Take one file as far as it goes."""
    began = time.monotonic()
    urn = client.put_object(bucket, file.path.replace("/", "-"), file.content())
    over = _ended(client, file, client.import_task(urn, file_type=file.format))
    if over["status"] == "done":
        geom = over["result"]["geom"]
        file.happened = geom.get("num_stored_triangles", geom["num_triangles"])
        exports = _export(client, file, over["result"])
        file.took_s = time.monotonic() - began
        compare(file, exports, geom)
    else:
        file.happened = over["error"]["reason"]
        file.check(300_104, over["error"]["code"], "number of the task's error")
        file.took_s = time.monotonic() - began


def _ended(client: Client, file: File, task: dict[str, Any]) -> dict[str, Any]:
    file.tasks.append(task["id"])
    return client.ended(task, limit_s=LIMIT_S)


def _export(client: Client, file: File, mesh: dict[str, Any]) -> dict[str, bytes]:
    """Export to every format, and download."""
    started = {target: client.export_task(mesh["id"], target) for target in targets(file)}
    exports: dict[str, bytes] = {}
    for target, task in started.items():
        over = _ended(client, file, task)
        file.check("done", over.get("error", {}).get("reason", over["status"]), f"export to {target}")
        if over["status"] == "done":
            exports[target] = client.download(over["result"]["file_id"])
    return exports


def targets(file: File) -> list[str]:
    """Return every format for good and odd files, and two for each other one, in turn."""
    if file.verdict in {"good", "odd"}:
        return list(WRITERS)
    first = len(file.path) % len(WRITERS)
    return [*WRITERS, *WRITERS][first : first + 2]


def compare(file: File, exports: dict[str, bytes], geom: dict[str, Any]) -> None:
    """Compare the exports with the mesh as it is read here, and with what other libraries see of both."""
    mesh = imported(file.path, unit=DOOR, alone=not file.has_companions).mesh
    file.check(len(mesh.faces), geom["num_triangles"], "placed triangles")
    mine = corner_positions(mesh, DOOR)
    box = np.array([geom["bounding_box"]["min"], geom["bounding_box"]["max"]])
    file.check([mine.min((0, 1)).tolist(), mine.max((0, 1)).tolist()], box.tolist(), "bounding box")
    for target, content in exports.items():
        _compare_export(file, mesh, target, content)
    if file.verdict == "good":
        here = imported(file.path).mesh  # in the unit of the judge
        file.wrong += [f"{file.path}: {what}" for what in judges.source_complaints(file.path, here)]


def _compare_export(file: File, mesh: Mesh, target: str, content: bytes) -> None:
    file.require(f"{target} is written here as there", holds=content == written(mesh, target, unit=DOOR))
    again = written(read_back(content, target, unit=DOOR).mesh, target, unit=DOOR)
    file.require(f"{target} is written twice the same", holds=content == again)
    seen = judges.judged(content, target, unitless=DOOR_MM)
    file.wrong += [f"{file.path} as {target}: {what}" for what in judges.complaints(mesh, seen, target)]
    file.check((), seen.warnings, f"what a strict reader says of {target}")


def judge(file: File) -> None:
    """Compare what happened with the list's verdict."""
    refused = isinstance(file.happened, str)
    path = file.path.removeprefix("hostile/")
    if file.path in DECISIONS:
        file.check(DECISIONS[file.path][0], file.happened, "decision")
    elif file.verdict == "bounded":
        file.check(isinstance(BOUNDED[path][0], str), refused, "decision")
    elif file.verdict == "reject":
        file.require("it is refused", holds=refused)
    elif file.verdict == "ok":
        file.check(1 if path.startswith("x3d") else 12, file.happened, "triangles")
    else:
        file.check(stated_triangles(file.facts), file.happened, "stored triangles")
    if refused:
        file.require(f"the refusal names the file's fault: {file.happened}", holds=file.happened in REFUSALS)
    file.require(f"it is served in time; took {file.took_s:.1f} s", holds=file.took_s < LIMIT_S)


def states(data: Path) -> dict[str, tuple[str, int]]:
    """Return state and peak memory of every job, as the database has them."""
    with closing(sqlite3.connect(data / "outfeed.sqlite")) as database:
        return {row[0]: row[1:] for row in database.execute("SELECT id, state, peak_memory_bytes FROM jobs")}


def write_table(files: list[File], jobs: dict[str, tuple[str, int]]) -> str:
    """Write file, verdict, what happened, seconds and peak memory in MiB into the build folder, and return it."""
    lines = ["file\tverdict\thappened\tseconds\tpeak MiB"]
    for file in files:
        peak = max(jobs[task][1] for task in file.tasks) / 2**20
        happened = f"{file.happened} triangles" if isinstance(file.happened, int) else file.happened
        lines.append(f"{file.path}\t{file.verdict}\t{happened}\t{file.took_s:.2f}\t{peak:.0f}")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "\n".join(lines)


@pytest.mark.skipif(not (DATA / "FILES.tsv").is_file(), reason=f"the shared data is not at {DATA}")
def test_every_file_of_the_corpus_ends_as_its_list_says(tmp_path: Path) -> None:
    """Good files export right, broken ones are decided, hostile ones are refused; the server serves on."""
    files = listed()
    statuses: list[int] = []
    with Server(tmp_path / "data") as server, server.client() as client, ThreadPoolExecutor(3) as pool:
        client.event_hooks["response"] = [lambda response: statuses.append(response.status_code)]
        bucket = client.make_bucket("corpus")
        list(pool.map(lambda file: run(client, bucket, file), files))
        jobs = states(server.data)
        code = server.stop()
    sys.stdout.write(write_table(files, jobs))
    for file in files:
        judge(file)

    assert [] == [complaint for file in files for complaint in file.wrong]
    assert {task for file in files for task in file.tasks} == set(jobs)
    assert {"succeeded", "failed"} >= {state for state, _ in jobs.values()}
    assert [] == [status for status in statuses if status >= 500]
    assert 0 == code
    assert 230 < len(files)
