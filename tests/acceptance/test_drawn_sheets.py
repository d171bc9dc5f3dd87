"""The pictures of sheets in the docs are what the build makes of its drawings."""

import io
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "make_drawings.py"))
KEPT = ROOT / "docs" / "drawings"


@pytest.mark.parametrize("name", SCRIPT["DRAWINGS"])
def test_the_kept_picture_is_the_one_that_is_drawn(name: str) -> None:
    """Another version of PDFium may smooth edges in another way, so a few pixels do not count."""
    kept, drawn = (KEPT / f"{name}.png").read_bytes(), SCRIPT["picture"](name)
    pictures = []
    for data in (kept, drawn):
        with Image.open(io.BytesIO(data)) as image:
            pictures.append(np.array(image.convert("RGB"), dtype=np.int64))
    apart = np.abs(pictures[0] - pictures[1]).max(axis=2)

    assert len(kept) <= 30_000
    assert float((apart > 60).mean()) < 0.005
