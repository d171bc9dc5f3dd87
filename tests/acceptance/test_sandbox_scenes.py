"""Scenes are read in children by libraries that write files of their own and can die."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.children import MIB, a_folder, run
from outfeed import errors
from outfeed.jobs.sandbox import Limits, Sandbox
from unit.corpus import needs_data
from unit.mesh_helpers import DATA

LIMITS = Limits(wall_s=60.0, memory_bytes=2048 * MIB, output_bytes=64 * MIB)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=["numpy", "acceptance.scenes"]) as running:
        yield running


@needs_data
def test_step_is_read_in_a_child(sandbox: Sandbox, tmp_path: Path) -> None:
    """Open CASCADE keeps its files where the child may write, and prints nothing into the answer."""
    folder = a_folder(tmp_path)
    (folder / "in" / "source").write_bytes((DATA / "step" / "stepcode-dm1-id-214.stp").read_bytes())

    outcome = run(sandbox, "scenes:read_source", folder, limits=LIMITS, format="step")

    assert outcome.facts == {"elements": 8, "triangles": 2152}


@needs_data
@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "hostile" / "step").glob("*")))
def test_a_hostile_file_ends_in_a_refusal(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Each says what is wrong with the file, and none that the child died."""
    folder = a_folder(tmp_path)
    (folder / "in" / "source").write_bytes((DATA / "hostile" / "step" / name).read_bytes())

    with pytest.raises(errors.SourceError):
        run(sandbox, "scenes:read_source", folder, limits=LIMITS, format="step")
