"""Damage at random: any bytes give a mesh that holds together or a clear error, and nothing else."""

import io
import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outfeed.errors import SourceError, TargetTooSmall
from outfeed.mesh.formats.registry import WRITERS, write_mesh
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.samples import textured_tile
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube, read, written

#: `make fuzz` raises it.
EXAMPLES: Final = int(os.environ.get("OUTFEED_FUZZ_EXAMPLES", "60"))

CUBE = a_cube()
#: A file of each kind, and the format that it is read as.
SEEDS: Final[list[tuple[bytes, str]]] = [
    (written(CUBE, "stl_binary"), "stl"),
    (written(CUBE, "stl_ascii"), "stl"),
    (written(CUBE, "obj"), "obj"),
    (written(textured_tile(cells=2), "obj"), "obj"),
    (b"v 0 0 0\nv 2 0 0\nv 2 2 0\nv 1 1 0\nv 0 2 0\nvt 1 1\nf 1/1 2/1 3/1 -2 5\\\n/1\n", "obj"),
]
#: Text that parsers trip over.
WORDS: Final = [
    b"nan",
    b"1e999",
    b"-1e-999",
    b"\\\n",
    b"\r",
    b"\0",
    b"f 1 2 3 4 5 6\n",
    b"v 1 1 1\n",
    b"f -1 -2 -3 -4\n",
]
WORDS_STL: Final = [b"solid", b"facet normal ", b"vertex 0 0 0\n", b"endsolid\n", b"endloop ", b"\xff\xff\xff\x7f"]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, str]:
    """Return a file with some pieces overwritten, repeated, dropped or put in."""
    data, form = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        first = draw(st.integers(0, len(data)))
        last = min(len(data), first + draw(st.integers(0, 40)))
        piece = draw(
            st.one_of(st.binary(max_size=12), st.sampled_from(WORDS + WORDS_STL), st.just(data[first:last] * 3))
        )
        data = data[:first] + piece + data[last:]
    return data, form


@given(file=damaged())
@settings(max_examples=EXAMPLES, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fuzz_damaged_files_give_a_mesh_or_a_reason(file: tuple[bytes, str], tmp_path: Path) -> None:
    data, form = file
    try:
        mesh = read(data, tmp_path, form=form, most=10_000)
    except SourceError as error:
        assert type(error) is not SourceError  # noqa: PT017 - either outcome is right
        return

    assert 1 <= len(check(mesh).faces) <= 10_000
    assert 1 <= len(mesh.vertices) <= 3 * len(mesh.faces)
    assert set(range(len(mesh.vertices))) == set(mesh.faces.ravel().tolist())
    for form in WRITERS:
        _write_or_refuse(mesh, form)


def _write_or_refuse(mesh: Mesh, form: str) -> None:
    out = io.BytesIO()
    try:
        write_mesh(mesh, out, format=form, unitless=Unit.MILLIMETRE)
    except SourceError as error:
        assert type(error) is TargetTooSmall  # noqa: PT017 - either outcome is right
    else:
        assert out.tell() > 0


@given(data=st.binary(max_size=400), form=st.sampled_from(["stl", "obj"]))
@settings(max_examples=EXAMPLES, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fuzz_noise_is_refused(data: bytes, form: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read(data, tmp_path, form=form)
