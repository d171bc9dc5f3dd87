"""Damage at random: any bytes give a mesh that holds together or a clear error, and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outfeed.errors import SourceError
from outfeed.mesh.formats.registry import READERS
from unit.fuzzing import mutant, outcome
from unit.mesh_helpers import read
from unit.seeds import made

#: `make fuzz` raises them.
EXAMPLES: Final = int(os.environ.get("OUTFEED_FUZZ_EXAMPLES", "60"))
MUTANTS: Final = int(os.environ.get("OUTFEED_FUZZ_MUTANTS", "60"))
BATCHES: Final = -(-MUTANTS // 250)

#: For one damaged file of some KB: reading it, and writing, reading and writing it in every format.
MOST_S: Final = 5.0
#: Of the whole process, Python and its libraries included.
MOST_MIB: Final = 400


def ran(form: str, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield what became of each damaged file; after a crash, a new process goes on behind it."""
    tests = Path(__file__).parents[1]
    while first < last:
        process = subprocess.run(
            [sys.executable, "-m", "unit.fuzzing", form, str(first), str(last)],
            cwd=tests,
            env=os.environ | {"PYTHONPATH": str(tests)},
            capture_output=True,
            text=True,
            check=False,
        )
        lines = process.stdout.splitlines()
        assert lines, process.stderr
        for line in lines:
            number, _, said = line.partition(" ")
            crash = {"outcome": "crash", "wrong": f"code {process.returncode}", "took_s": 0, "peak_mib": 0}
            first = int(number) + 1
            yield {"number": int(number)} | (json.loads(said) if said else crash)


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("form", READERS)
def test_fuzz_a_damaged_file_gives_a_mesh_that_all_formats_write_or_a_reason(form: str, batch: int) -> None:
    """In a process of its own, with bounds on memory and time: a crash of native code is a defect like any other."""
    size = -(-MUTANTS // BATCHES)

    told = list(ran(form, batch * size, (batch + 1) * size))

    assert [] == [(form, one["number"], one["wrong"]) for one in told if one["wrong"]]
    assert MOST_S > max(one["took_s"] for one in told)
    assert MOST_MIB > max(one["peak_mib"] for one in told)
    assert size == len(told)
    assert any(one["outcome"].endswith("triangles") for one in told)
    assert any(not one["outcome"].endswith("triangles") for one in told)


@pytest.mark.parametrize("form", READERS)
def test_what_is_damaged_is_sound_before_and_the_damage_is_always_the_same(form: str) -> None:
    outcomes = [outcome(form, data) for data in made(form)]

    assert [] == [said for said in outcomes if not said.endswith("triangles")]
    assert [mutant(form, number) for number in range(5)] == [mutant(form, number) for number in range(5)]
    assert 4 <= len({mutant(form, number) for number in range(5)})


@pytest.mark.parametrize("form", READERS)
@given(data=st.binary(max_size=400))
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_fuzz_noise_is_refused(data: bytes, form: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read(data, tmp_path, form=form)
