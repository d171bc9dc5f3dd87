"""The benchmark judges rightly, keeps what it has measured, and runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inputs import make
from judge import compared, memory
from mesh_files import NOT_BUILT, ROWS, Memory, Peer, Row
from run import merged
from tasks import Work, direct, ours

BENCH = Path(__file__).parents[2] / "bench"


def a_row(**changes: Any) -> Row:
    options: dict[str, Any] = {"name": "work", "ours": "ours.read", "reads": "stl", "peers": []}
    return Row(**options | changes)


def samples_of(*pairs: tuple[float, float], peak: float = 0, result: float = 0) -> list[Any]:
    besides = {"peak_bytes": peak, "result_bytes": result}
    return [tuple({"cpu_s": figure, **besides} for figure in pair) for pair in pairs]


@pytest.mark.parametrize(
    ("peer", "ratio", "share", "met"),
    [
        (Peer(name="p", task="t", at_least=4), 5, 1.25, True),
        (Peer(name="p", task="t", at_least=10), 5, 0.5, False),
        (Peer(name="p", task="t", at_most=0.3), 0.2, 1.5, True),
        (Peer(name="p", task="t", at_most=0.1), 0.2, 0.5, False),
        (Peer(name="p", task="t"), 5, None, None),
    ],
)
def test_a_target_is_judged_by_the_medians(*, peer: Peer, ratio: float, share: float | None, met: bool | None) -> None:
    result = compared(a_row(), peer, samples_of((2, 9), (1, 10), (100, 11), (2, 11), (2, 10)))

    assert (ratio, share, met) == (result["ratio"], result["share"], result["met"])


@pytest.mark.parametrize(("above_the_mesh", "peak", "met"), [(False, 90, False), (True, 50, True)])
def test_memory_above_the_mesh_leaves_out_what_came_out(*, above_the_mesh: bool, peak: float, met: bool) -> None:
    limits = Memory(limits={"M": 60}, above_the_mesh=above_the_mesh)
    result = compared(a_row(memory=limits), Peer(name="p", task="t"), samples_of((1, 1), peak=90, result=40))
    judged = memory(limits, "M", [result])

    assert judged is not None
    assert (peak, met) == (judged["peak_bytes"], judged["met"])
    assert memory(limits, "S", [result]) is None


def a_report(row: str, peers: list[str], *, machine: str = "this", date: str = "1970-01-01") -> dict[str, Any]:
    results = [{"peer": peer, "date": date} for peer in peers]
    return {"machine": machine, "rows": [{"row": row, "peers": results}]}


def test_a_row_that_is_run_again_keeps_the_others_and_the_peers_left_out() -> None:
    first, second = ROWS[:2]
    names = [[peer.name for peer in row.peers] for row in (first, second)]
    old = merged(a_report(second.name, names[1]), a_report(first.name, [*names[0], "a peer of yesterday"]))

    report = merged(old, a_report(first.name, names[0][:1], date="1970-01-02"))

    assert [first.name, second.name] == [row["row"] for row in report["rows"]]
    assert names == [[peer["peer"] for peer in row["peers"]] for row in report["rows"]]
    assert [names[0][0]] == [peer["peer"] for peer in report["rows"][0]["peers"] if peer["date"] == "1970-01-02"]


def test_figures_of_another_machine_are_not_kept() -> None:
    report = a_report(ROWS[0].name, ["a"])

    assert report == merged(a_report(ROWS[1].name, ["a"], machine="other"), report)


@pytest.mark.parametrize("size", ["M", "L"])
def test_every_row_stands_in_the_results(size: str) -> None:
    report = json.loads((BENCH / "results" / f"mesh-files-{size}.json").read_text(encoding="utf-8"))

    assert [row.name for row in ROWS if size in row.sizes] == [row["row"] for row in report["rows"]]
    assert NOT_BUILT == report["not_built"]


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small surface in every form that the floors take."""
    folder = tmp_path_factory.mktemp("surfaces")
    make("S", [folder / f"S.{kind}" for kind in ("npz", "ply", "glb")])
    return folder


def read_by(task: Callable[[Path, Path], Work], source: Path) -> list[Any]:
    arrays = task(source, Path())()
    assert arrays is not None
    return [array.tolist() for array in arrays]


@pytest.mark.parametrize("kind", ["ply", "glb"])
def test_a_reading_floor_does_our_work(surfaces: Path, kind: str) -> None:
    source = surfaces / f"S.{kind}"

    assert read_by(ours.read, source) == read_by(getattr(direct, f"read_{kind}"), source)


@pytest.mark.parametrize(
    ("task", "name", "close"),
    [
        ("write_ply", "out.ply", 0),
        ("write_glb", "out.glb", 1e-7),  # it rounds to metres in float32
        ("write_obj", "out.obj", 1e-6),  # as text that is read as float64
        ("write_stl_ascii", "out.stl", 1e-6),
        ("write_3mf", "out.3mf", 1e-6),
    ],
)
def test_a_writing_floor_does_our_work(surfaces: Path, tmp_path: Path, task: str, name: str, close: float) -> None:
    work, target = getattr(direct, task), tmp_path / name
    work(surfaces / "S.npz", target)()
    kind = "glb" if name == "out.glb" else "ply"
    vertices, faces = read_by(ours.read, surfaces / f"S.{kind}")

    found = read_by(ours.read, target)
    assert faces == found[1]
    assert np.abs(np.array(vertices) - np.array(found[0])).max() <= close
