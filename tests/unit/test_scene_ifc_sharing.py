"""The work of an IFC file in several processes: who dies is noticed, and what is raised is raised again."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from outfeed.errors import ChildBroken, ChildCrashed, ChildOutOfMemory, OutfeedError, TooManyTriangles
from outfeed.mesh.appearance import Material
from outfeed.mesh.reporting import silent
from outfeed.scene.formats.ifc.shapes import Batch, Placed, RawShape
from outfeed.scene.formats.ifc.sharing import worked


class Fork:
    """Work that only the other process does: this one waits until it has begun, and never takes a number before."""

    def __init__(self, act: object) -> None:
        self._act = act
        self._here = os.getpid()
        self._ours, self._theirs = os.pipe()

    def wait(self) -> None:
        """Wait for the other process."""
        os.read(self._ours, 1)

    def work(self, number: int) -> Batch:
        """Do what is to be done there."""
        if os.getpid() == self._here:
            return Batch(triangles=number)
        os.write(self._theirs, b".")
        if isinstance(self._act, signal.Signals):
            os.kill(os.getpid(), self._act)
        if isinstance(self._act, Exception):
            raise self._act
        return a_batch(number)


def a_batch(number: int) -> Batch:
    """Return one triangle, placed once."""
    shape = RawShape(
        vertices=np.eye(3) * number,
        faces=np.array([[0, 1, 2]], dtype=np.int32),
        material_faces=np.array([0], dtype=np.int32),
        materials=(Material(name="ü", color=(1, 2, 3, 4)),),
    )
    return Batch(shapes=[shape], placed=[Placed(product=7, shape=0, matrix=np.eye(4) * 2)], triangles=1)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (signal.SIGTERM, ChildCrashed),
        (signal.SIGKILL, ChildOutOfMemory),
        (MemoryError(), ChildOutOfMemory),
        (TooManyTriangles("x"), TooManyTriangles),
        (RuntimeError("unexpected"), ChildBroken),
    ],
)
def test_what_ends_a_process_is_told(act: object, error: type[OutfeedError], tmp_path: Path) -> None:
    """Each way with its own error."""
    fork = Fork(act)

    with pytest.raises(error):
        worked(tmp_path, fork.work, 4, 2, fork.wait, silent)


def test_what_another_process_makes_arrives_whole(tmp_path: Path) -> None:
    """Tables, places and materials."""
    fork = Fork(None)

    batches = worked(tmp_path, fork.work, 1, 2, lambda: None, silent)
    first = worked(tmp_path, fork.work, 2, 2, fork.wait, silent)[0]

    assert [0] == [batch.triangles for batch in batches]
    expected = a_batch(0)
    assert (expected.triangles, expected.shapes[0].materials) == (first.triangles, first.shapes[0].materials)
    for name in ("vertices", "faces", "material_faces"):
        assert getattr(expected.shapes[0], name).tolist() == getattr(first.shapes[0], name).tolist()
    assert [(7, 0, (np.eye(4) * 2).tolist())] == [(one.product, one.shape, one.matrix.tolist()) for one in first.placed]


def test_the_process_that_asks_does_its_share_when_there_can_be_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox may forbid processes."""

    def refuse() -> int:
        raise PermissionError

    monkeypatch.setattr(os, "fork", refuse)

    assert [0, 1, 2] == [batch.triangles for batch in worked(tmp_path, Fork(None).work, 3, 2, lambda: None, silent)]
