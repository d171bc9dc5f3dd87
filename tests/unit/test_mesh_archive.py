"""What the archive of meshes says when it cannot be written."""

from pathlib import Path

import pytest

from outfeed.mesh.archive import save
from outfeed.mesh.samples import gear


def test_an_archive_that_cannot_be_written_raises_the_error_of_the_system(tmp_path: Path) -> None:
    """The sandbox tells by its number that there was too much to write, or no room."""
    with pytest.raises(FileNotFoundError, match="No such file"):
        save(gear(), tmp_path / "nowhere" / "mesh")
