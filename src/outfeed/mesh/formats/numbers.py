"""Coordinates on their way into a file: scaled to its unit, in its type of number."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outfeed import _kernels
from outfeed.errors import TargetTooSmall
from outfeed.mesh.build import welded
from outfeed.mesh.model import Mesh, Positions, is_finite, packed
from outfeed.mesh.units import Unit


def in_unit(mesh: Mesh, unit: Unit) -> Mesh:
    """
    Return the mesh in another unit, welded again where rounding has brought vertices together.

    Raises
    ------
    TargetTooSmall
        If a coordinate would not be finite.
    """
    if mesh.unit is unit:
        return mesh
    return welded(replace(mesh, vertices=scaled(mesh.vertices, mesh.unit.to(unit)), unit=unit))


def scaled(vertices: Positions, factor: float) -> Positions:
    """
    Return the vertices times a factor, in their own type; the same array for 1.

    Raises
    ------
    TargetTooSmall
        If one would not be finite.
    """
    if factor == 1:
        return vertices
    result = _kernels.scaled(packed(vertices), factor)
    _check_fits(result)
    return result


def as_float32(vertices: Positions) -> NDArray[np.float32]:
    """
    Return the vertices as float32.

    Raises
    ------
    TargetTooSmall
        If one does not fit.
    """
    return vertices.astype(np.float32, copy=False) if vertices.dtype == np.float32 else scaled_single(vertices, 1.0)


def scaled_single(vertices: Positions, factor: float) -> NDArray[np.float32]:
    """
    Return the vertices times a factor as float32, rounded once.

    Raises
    ------
    TargetTooSmall
        If one does not fit.
    """
    result = _kernels.scaled_single(packed(vertices), factor)
    _check_fits(result)
    return result


def as_written(vertices: Positions) -> NDArray[np.float64]:
    """Return float64 that is written as the same text: what is computed of it is the same when the text was read."""
    if vertices.dtype == np.float64:
        return vertices.astype(np.float64, copy=False)
    return _kernels.as_written(vertices.astype(np.float32, copy=False))


def _check_fits(vertices: Positions) -> None:
    """Refuse numbers that rounding made infinite."""
    if not is_finite(vertices):
        raise TargetTooSmall("A coordinate is larger than the format's numbers can be.")
