"""The pictures in the docs are what the build makes of its models."""

import io
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh, check

ROOT = Path(__file__).parents[2]
GALLERY: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "make_gallery.py"))
MODELS: dict[str, Callable[[], Mesh]] = GALLERY["MODELS"]
SHEETS: dict[str, Callable[[], bytes]] = GALLERY["SHEETS"]
KEPT = ROOT / "docs" / "gallery"


def pixels(data: bytes) -> NDArray[np.int64]:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"), dtype=np.int64)


def test_the_page_shows_twenty_models() -> None:
    assert (20, set(MODELS) | set(SHEETS)) == (len(MODELS), {path.stem for path in KEPT.iterdir()})


@pytest.mark.parametrize("name", MODELS)
def test_the_kept_picture_is_the_one_that_is_drawn(name: str) -> None:
    """Another version of the library may choose other colours for its palette, so a few levels do not count."""
    kept, drawn = (KEPT / f"{name}.png").read_bytes(), GALLERY["picture"](name)
    apart = np.abs(pixels(kept) - pixels(drawn))

    assert len(kept) <= 15_000
    assert apart.mean() < 1.5
    assert (apart.max(axis=2) > 24).mean() < 0.01


@pytest.mark.parametrize("name", SHEETS)
def test_the_kept_picture_of_a_sheet_is_the_one_that_is_drawn(name: str) -> None:
    kept, drawn = (KEPT / f"{name}.png").read_bytes(), SHEETS[name]()
    apart = np.abs(pixels(kept) - pixels(drawn))

    assert len(kept) <= 40_000
    assert apart.mean() < 1.5
    assert (apart.max(axis=2) > 48).mean() < 0.01


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_sound_mesh(name: str) -> None:
    mesh = check(MODELS[name]())

    assert len(mesh.faces) == len(build(mesh).faces) >= 12
