"""Scenes that tests read, and what they measure of them."""

from typing import Any

import numpy as np
import pytest

from outfeed.mesh.formats.source import Lookup, ReadLimits, SourceFile, beside
from outfeed.mesh.model import Mesh
from outfeed.mesh.reporting import silent
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene, check
from outfeed.scene.registry import SCENE_READERS, read_scene, scene_reader_for
from unit.mesh_helpers import DATA


def scene_of(data: bytes, form: str, *, unit: Unit = Unit.MILLIMETRE, companion: Lookup | None = None) -> Scene:
    """Read bytes as a scene."""
    source = SourceFile(content=data) if companion is None else SourceFile(content=data, companion=companion)
    read = SCENE_READERS[form].read
    return check(read(source, unitless=unit, limits=ReadLimits(), processes=1, report=silent))


def scene_at(path: str) -> Scene:
    """Read a file of the shared data, with what lies beside it."""
    file = DATA / path
    form = scene_reader_for(path)
    assert form in SCENE_READERS
    limits = ReadLimits()
    return read_scene(file, format=form, unitless=Unit.MILLIMETRE, limits=limits, companion=beside(file, limits))


def assert_same_body(expected: Mesh, actual: Mesh) -> None:
    """Compare what two meshes are, whatever their units and the order of their tables."""
    assert len(expected.faces) == len(actual.faces)
    assert (expected.uvs is None, expected.colors is None) == (actual.uvs is None, actual.colors is None)
    assert (set(expected.materials), set(expected.textures)) == (set(actual.materials), set(actual.textures))
    (box, surface, volume), (other_box, other_surface, other_volume) = measured(expected), measured(actual)
    size = float(np.ptp(box, axis=0).max())
    assert other_box == pytest.approx(box, rel=1e-6, abs=1e-6 * size)
    assert other_surface == pytest.approx(surface, rel=1e-6)
    assert other_volume == pytest.approx(volume, rel=1e-6, abs=1e-6 * surface * size)


def measured(mesh: Mesh) -> tuple[Any, float, float]:
    """Return the lowest and highest coordinates (2, 3), the surface, and the volume about the middle, in metres."""
    points = mesh.vertices.astype(np.float64) * mesh.unit.to(Unit.METRE)
    bounds = np.stack([points.min(axis=0), points.max(axis=0)])
    a, b, c = np.moveaxis((points - bounds.mean(axis=0))[mesh.faces], 1, 0)
    surface = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
    return bounds, surface, float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)
