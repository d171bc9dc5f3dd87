"""Every STL and OBJ of the shared data through a real server, and what came out through other people's readers."""

import csv
import io
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from acceptance.harness import DATA, Client, Server
from outfeed import errors

FORMATS: Final = ("obj", "stl_ascii", "stl_binary", "glb")
LIMIT_S: Final = 30.0
TABLE: Final = Path(__file__).parents[2] / "build" / "corpus.tsv"
#: Half a step of float32 at 1.0.
HALF_STEP: Final = 2.0**-24
#: How a refused file may end: any other code says that we did not cope with it.
REFUSALS: Final = {error.code for error in errors.every_error() if issubclass(error, errors.SourceError)}

#: What becomes of files that libraries disagree on or refuse: triangles, or the code of the error.
DECISIONS: Final[dict[str, tuple[int | str, str]]] = {
    "obj/assimp-malformed2.obj": (10, "a face of two corners has no area and is left out; all three libraries do so"),
    "obj/assimp-point_cloud.obj": ("source_empty", "points without faces are no mesh"),
    "obj/assimp-testpoints.obj": ("source_empty", "points without faces are no mesh"),
    "obj/obj2gltf-box-incomplete-positions.obj": ("index_out_of_range", "a face names a vertex that is not there"),
    "obj/obj2gltf-box-incomplete-uvs.obj": (12, "a texture coordinate that is missing costs the texture, not the mesh"),
    "obj/obj2gltf-box-negative-indices/box-negative-indices.obj": (12, "negative indices count from the end"),
    "obj/trimesh-face_in_group_name.obj": ("source_empty", "a group that is called like a face is no face"),
    "obj/trimesh-negative_indices.obj": (12, "negative indices count from the end"),
    "obj/trimesh-polygonfaces.obj": (3, "n corners are n - 2 triangles, as trimesh and assimp count"),
    "obj/vtkdata-mni-surface-mesh.obj": ("source_damaged", "it is another format of the same suffix (MNI)"),
    "stl/assimp-Spider_ascii.stl": (1368, "what the file holds; meshlab drops triangles without area"),
    "stl/assimp-Spider_binary.stl": (1368, "what the file holds; meshlab drops triangles without area"),
    "stl/trimesh-busted.stl": (3878, "what the file holds; all libraries agree"),
    "stl/trimesh-empty.stl": ("source_empty", "a solid without facets"),
    "stl/trimesh-stl_empty_ascii.stl": ("source_empty", "a solid without facets"),
}


@dataclass(kw_only=True)
class File:
    """A file, what is said of it, and what happened."""

    path: str
    #: good, odd, broken; for hostile files ok, reject, bounded.
    verdict: str
    facts: str
    #: A code, or the number of triangles.
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
        return self.path.rpartition(".")[2].lower()


def listed() -> list[File]:
    """Return the STL and OBJ files of both lists; a material library is a side file of its OBJ."""
    rows = [(row["path"], row["state"], row["facts"]) for row in _rows("FILES.tsv")]
    rows += [(f"hostile/{row['path']}", row["expect"], row["what"]) for row in _rows("hostile/INDEX.tsv")]
    wanted = [row for row in rows if row[0].endswith((".stl", ".obj")) and "/print/" not in row[0]]
    return [File(path=path, verdict=verdict, facts=facts) for path, verdict, facts in wanted]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def run(client: Client, bucket: str, file: File) -> None:
    """Take one file as far as it goes."""
    began = time.monotonic()
    name = file.path.replace("/", "-")
    urn = client.put_object(bucket, name, (DATA / file.path).read_bytes())
    over = _ended(client, file, client.import_task(urn, file_type=file.format))
    if over["status"] == "done":
        file.happened = over["result"]["geom"]["num_triangles"]
        _export(client, file, over["result"])
    else:
        file.happened = over["error"]["reason"]
        file.check(300_104, over["error"]["code"], "number of the task's error")
    file.took_s = time.monotonic() - began


def _ended(client: Client, file: File, task: dict[str, Any]) -> dict[str, Any]:
    file.tasks.append(task["id"])
    return client.ended(task, limit_s=LIMIT_S)


def _export(client: Client, file: File, mesh: dict[str, Any]) -> None:
    """Export to the four formats, download, read back."""
    started = {target: client.export_task(mesh["id"], target) for target in FORMATS}
    read: dict[str, NDArray[np.float64]] = {}
    for target, task in started.items():
        over = _ended(client, file, task)
        file.check("done", over.get("error", {}).get("reason", over["status"]), f"export to {target}")
        if over["status"] == "done":
            read[target] = triangles(client.download(over["result"]["file_id"]), target)
    compare(file, read, mesh)


def triangles(content: bytes, target: str) -> NDArray[np.float64]:
    """Return the corners (n, 3, 3) of what we wrote, in centimetres and z-up, as another library reads them."""
    if target == "stl_binary":
        record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])
        assert np.frombuffer(content, "<u4", 1, 80)[0] * record.itemsize + 84 == len(content)
        return np.frombuffer(content, record, offset=84)["corners"].astype(np.float64)
    corners = _by_trimesh(io.BytesIO(content), {"stl_ascii": "stl"}.get(target, target))
    return corners if target != "glb" else np.stack([corners[..., 0], -corners[..., 2], corners[..., 1]], -1) * 100


def _by_trimesh(source: Any, file_type: str) -> NDArray[np.float64]:
    """Return corners (n, 3, 3) as the library reads them, nothing merged or left out."""
    scene = trimesh.load_scene(source, file_type=file_type, process=False)
    placed = []
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        item = scene.geometry[name]
        if isinstance(item, trimesh.Trimesh):
            corners = np.asarray(item.triangles, dtype=np.float64)
            placed.append(corners @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(placed)


def compare(file: File, read: dict[str, NDArray[np.float64]], mesh: dict[str, Any]) -> None:
    """Compare the four exports with each other, and with the source as another library reads it."""
    written = read["stl_ascii"]  # float64 in the shortest digits: what the mesh holds
    steps = np.abs(written).max() * HALF_STEP * 1.01
    for target, corners in read.items():
        file.check(file.happened, len(corners), f"triangles in {target}")
        allowed = 0.0 if target in {"obj", "stl_ascii"} else 2 * steps
        far = np.abs(corners - written).max() if corners.shape == written.shape else np.inf
        file.require(f"corners of {target} where they were; off by {far}", holds=bool(far <= allowed))
    box = mesh["geom"]["bounding_box"]
    off = float(np.abs(np.array([box["min"], box["max"]]) - bounds(written)).max())
    file.require(f"the task's bounding box; off by {off}", holds=off <= steps)
    if file.verdict == "good":
        _compare_with_source(file, read, steps)


def _compare_with_source(file: File, read: dict[str, NDArray[np.float64]], steps: float) -> None:
    """Bounds of every good file, volume of every closed one."""
    source = _by_trimesh(DATA / file.path, file.format)
    closed = re.search(r"(?<!not )watertight", file.facts) is not None
    for target, corners in read.items():
        off = float(np.abs(bounds(corners) - bounds(source)).max())
        file.require(f"bounds of {target}; off by {off}", holds=off <= 2 * steps)
        if closed:
            wanted, got = volume(source), volume(corners)
            bound = 1e-6 * abs(wanted) + 2 * area(source) * steps
            file.require(f"volume of {target}: {got} for {wanted}", holds=abs(got - wanted) <= bound)


def bounds(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lowest and the highest coordinates, (2, 3)."""
    return np.stack([corners.min((0, 1)), corners.max((0, 1))])


def volume(corners: NDArray[np.float64]) -> float:
    """Return the enclosed volume: by the library's own integral."""
    return float(trimesh.triangles.mass_properties(corners)["volume"])


def area(corners: NDArray[np.float64]) -> float:
    """Return the surface, which bounds what moving each corner by a step can do to the volume."""
    edges = corners[:, 1:] - corners[:, :1]
    return float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum() / 2)


def judge(file: File) -> None:
    """Compare what happened with the list's verdict."""
    imported = isinstance(file.happened, int)
    if file.path in DECISIONS:
        file.check(DECISIONS[file.path][0], file.happened, "decision")
    elif file.verdict == "good":
        found = re.match(r"(\d+) triangles", file.facts)
        file.check(int(found[1]) if found else None, file.happened, "stored triangles")
    elif file.verdict == "ok":
        file.check(12, file.happened, "triangles of the cube")
    elif file.verdict == "reject":
        file.require("it is refused", holds=not imported)
    else:
        file.check("bounded", file.verdict, "a decision for each file that libraries disagree on")
    if not imported:
        file.require(f"the refusal names the file's fault: {file.happened}", holds=file.happened in REFUSALS)
    file.require(f"it is served in time; took {file.took_s:.1f} s", holds=file.took_s < LIMIT_S)


def states(data: Path) -> dict[str, tuple[str, int]]:
    """Return state and peak memory of every job, as the database has them."""
    with closing(sqlite3.connect(data / "outfeed.sqlite")) as database:
        return {row[0]: row[1:] for row in database.execute("SELECT id, state, peak_memory_bytes FROM jobs")}


def write_table(files: list[File], jobs: dict[str, tuple[str, int]]) -> str:
    """Write file, verdict, what happened, seconds and peak memory in MiB into the build folder, and return it."""
    rows = ["file\tverdict\thappened\tseconds\tpeak MiB"]
    for file in files:
        peak = max(jobs[task][1] for task in file.tasks) / 2**20
        happened = f"{file.happened} triangles" if isinstance(file.happened, int) else file.happened
        rows.append(f"{file.path}\t{file.verdict}\t{happened}\t{file.took_s:.2f}\t{peak:.0f}")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return "\n".join(rows)


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
    assert 70 < len(files)
