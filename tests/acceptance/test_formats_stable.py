"""The same bytes the second time: what was written and read is written again, anywhere."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outfeed.errors import TargetTooSmall
from outfeed.mesh.build import build
from outfeed.mesh.formats.registry import WRITERS
from outfeed.mesh.model import Mesh, like
from outfeed.mesh.samples import torus
from outfeed.mesh.units import Unit
from unit.corpus import good_and_odd, imported, needs_data
from unit.mesh_helpers import Kind, a_mesh, any_kind, assert_same, every_kind, read_back, written

DOORS: Final = (Unit.MILLIMETRE, Unit.CENTIMETRE)
KINDS: Final = list(every_kind())
#: Each writes and reads twice; `make fuzz` raises it.
EXAMPLES: Final = max(15, int(os.environ.get("OUTFEED_FUZZ_EXAMPLES", "60")) // 10)
#: Of the corpus, in the unit tests; the acceptance tests take all.
SMALL_BYTES: Final = 12_000


def assert_stable(mesh: Mesh, form: str, door: Unit) -> None:
    """Write, read, write: the same bytes; and reading those gives the same mesh."""
    once = written(mesh, form, unit=door)
    back = read_back(once, form, unit=door).mesh
    twice = written(back, form, unit=door)

    assert once == twice
    assert_same(back, read_back(twice, form, unit=door).mesh)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("part", range(4))
def test_every_kind_of_mesh_is_written_twice_the_same(form: str, part: int) -> None:
    for number, kind in list(enumerate(KINDS))[part::4]:
        assert_stable(a_mesh(number, kind), form, DOORS[number // 4 % 2])


@pytest.mark.parametrize("form", WRITERS)
@given(seed=st.integers(0, 2**32), door=st.sampled_from(DOORS))
@settings(max_examples=EXAMPLES, deadline=None)
def test_property_a_mesh_by_chance_is_written_twice_the_same(form: str, seed: int, door: Unit) -> None:
    assert_stable(a_mesh(seed), form, door)


#: Numbers that become 0, -0 or too large on their way into another type or unit.
EXTREMES: Final = (0.0, 1.0, -1e-60, 1e-45, -1e-45, 1e-38, 5e-324, -2e-308, 1e-7, -1e7, 3e38, -3.4028235e38, 1e300)


@pytest.mark.parametrize("form", WRITERS)
@given(seed=st.integers(0, 2**32), door=st.sampled_from(DOORS))
@settings(max_examples=EXAMPLES, deadline=None)
def test_property_extreme_numbers_are_written_twice_the_same_or_refused(form: str, seed: int, door: Unit) -> None:
    mesh = a_mesh(seed)
    numbers = np.random.default_rng(seed).choice(EXTREMES[: 5 + seed % 9], mesh.vertices.shape)
    vertices = like(np.clip(numbers, -3e38, 3e38) if mesh.vertices.dtype == np.float32 else numbers, mesh.vertices)
    with suppress(TargetTooSmall):
        assert_stable(build(replace(mesh, vertices=vertices)), form, door)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("other", [name for name in WRITERS if name == WRITERS[name].reader])
def test_a_mesh_that_went_through_another_format_is_written_twice_the_same(form: str, other: str) -> None:
    for seed in range(12):
        between = read_back(written(a_mesh(seed), other), other).mesh

        assert_stable(between, form, Unit.CENTIMETRE)


@needs_data
@pytest.mark.parametrize("path", good_and_odd(most_bytes=SMALL_BYTES))
def test_a_real_file_is_written_twice_the_same(path: str) -> None:
    mesh = imported(path).mesh

    for form in WRITERS:
        assert_stable(mesh, form, Unit.MILLIMETRE)


@cache
def digests() -> dict[str, str]:
    """Return what a set of meshes becomes in each format; a process of another environment prints the same."""
    meshes = {f"{seed}-{any_kind(seed)}": a_mesh(seed) for seed in range(10)} | {"torus": torus()}
    full = Kind(uvs=True, colors=True, materials=True, textures=True, opacity=True, gaps=True)
    meshes |= {"full": a_mesh(0, full)}
    found = {}
    for name, mesh in meshes.items():
        for form in WRITERS:
            data = written(mesh, form)
            found[f"{name}.{form}"] = hashlib.sha256(data).hexdigest()
            again = written(read_back(data, form).mesh, "stl_ascii")
            found[f"{name}.{form}.stl"] = hashlib.sha256(again).hexdigest()
    return found


#: Language, time zone, order of hashes, number of cores, decimal point.
ENVIRONMENTS: Final = [
    ("de_DE", "Asia/Kathmandu", "1", 1, ","),
    ("tr_TR", "UTC", "0", 1, ","),
    ("en_US", "America/St_Johns", "7", 2, "."),
]
SCRIPT: Final = """
import contextlib, json, locale, os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from acceptance.test_formats_stable import digests
json.dump([locale.localeconv()["decimal_point"], digests()], sys.stdout)
"""


def made_locale(language: str, folder: Path) -> bool:
    """Make the words and signs of a language in a folder; few machines have them. Tell whether that went."""
    compiler = shutil.which("localedef")
    command = [compiler or "", "-i", language, "-f", "UTF-8", str(folder / f"{language}.UTF-8")]
    return compiler is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("language", "zone", "seed", "cores", "point"), ENVIRONMENTS)
def test_another_machine_writes_the_same_bytes(
    language: str, zone: str, seed: str, cores: int, point: str, tmp_path: Path
) -> None:
    """Another language, time zone, order of hashes, number of cores and folder."""
    made = made_locale(language, tmp_path)
    plain = {key: value for key, value in os.environ.items() if key not in {"SOURCE_DATE_EPOCH", "LANGUAGE"}}
    name = f"{language}.UTF-8"
    other = {"LANG": name, "LC_ALL": name, "LOCPATH": str(tmp_path), "TZ": zone, "PYTHONHASHSEED": seed}
    paths = {"PYTHONPATH": str(Path(__file__).parents[1])}

    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(cores)],
        env=plain | other | paths,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=300,
    )

    assert [point if made else ".", digests()] == json.loads(ran.stdout)
