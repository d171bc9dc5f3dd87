"""Shapes of products, made by the library in this process, as arrays that can be handed on."""

import ctypes
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged, TooManyTriangles
from outfeed.mesh.appearance import Color, Material
from outfeed.scene.formats.ifc.attributes import Entity, Model, entities, finite, number_of, text

#: Nine tenths less processor time than the plain one: what its first kernel cannot do, the second does.
KERNEL: Final = "hybrid-cgal-simple-opencascade"
#: Asked for what the first one says nothing about.
SECOND_KERNEL: Final = "opencascade"
#: Representations with what is looked at, by their identifiers, best first. Older files may have none.
BODIES: Final = ("Body", "Facetation", "Tessellation", "Body-Fallback", "Surface", "Mesh", "")
#: How the library makes shapes. What has no style must not look as if it had one.
SETTINGS: Final = {"use-world-coords": False, "no-normals": True, "apply-default-materials": False}
#: Matrices are 4 by 4.
SIDE: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RawShape:
    """Triangles of one representation, as the library makes them, in metres and in coordinates of their own."""

    #: (n, 3) float64.
    vertices: NDArray[np.float64]
    #: (m, 3) int32.
    faces: NDArray[np.int32]
    #: (m,) int32: row of `materials`, -1 for none.
    material_faces: NDArray[np.int32]
    materials: tuple[Material, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Placed:
    """A shape of a product."""

    #: The product's number in the file.
    product: int
    #: Row of the shapes that come with it.
    shape: int
    #: (4, 4) float64: from the shape's coordinates to the file's, in metres.
    matrix: NDArray[np.float64]


@dataclass(kw_only=True, slots=True, eq=False)
class Batch:
    """What products look like."""

    shapes: list[RawShape] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    #: Triangles, as often as they are placed.
    triangles: int = 0


def shapes_of(model: Model, products: list[Entity], *, sides: Mapping[int, int], most: int) -> Batch:
    """
    Return the shapes of products, in the order of the products in the file; `sides` of a circle by a product's number.

    Raises
    ------
    TooManyTriangles
        If there are more than `most`, placed.
    SourceDamaged
        If the library gives arrays that do not fit together.
    """
    batch = Batch()
    kinds: dict[int, list[str]] = {}
    with quiet():
        for count in sorted({sides[number_of(item)] for item in products}):
            alike = [item for item in products if sides[number_of(item)] == count]
            kinds |= _add(batch, new_iterator(model, alike, sides=count), model, most)
        shown = {placed.product for placed in batch.placed}
        rest = [item for item in products if number_of(item) not in shown and _has_body(item)]
        if rest:
            kinds |= _add(batch, new_iterator(model, rest, kernel=SECOND_KERNEL), model, most)
    _keep_best(batch, kinds)
    batch.placed.sort(key=lambda placed: placed.product)
    return batch


def _keep_best(batch: Batch, kinds: dict[int, list[str]]) -> None:
    """Leave out, of a product with several representations, all but the best: a clearance would hide its body."""
    best = {product: min(found, key=_rank) for product, found in kinds.items()}
    met: dict[int, int] = {}
    kept = []
    for placed in batch.placed:
        row = met.get(placed.product, 0)
        met[placed.product] = row + 1
        if kinds[placed.product][row] == best[placed.product]:
            kept.append(placed)
    batch.placed = kept
    batch.triangles = sum(len(batch.shapes[placed.shape].faces) for placed in kept)


def _rank(kind: str) -> int:
    return BODIES.index(kind) if kind in BODIES else len(BODIES)


def _has_body(product: Entity) -> bool:
    shapes = entities(product.Representation, "Representations")
    return any(text(shape, "RepresentationIdentifier") in BODIES for shape in shapes)


def _add(batch: Batch, iterator: Any, model: Model, most: int) -> dict[int, list[str]]:
    """Add what an iterator makes, shared shapes once; return the kinds of representations that each product has."""
    kinds: dict[int, list[str]] = {}
    rows: dict[str, int | None] = {}
    for element in _elements(iterator):
        geometry = element.geometry
        if geometry.id not in rows:
            rows[geometry.id] = _new_shape(batch, model, geometry)
        row = rows[geometry.id]
        if row is None:
            continue
        batch.placed.append(Placed(product=element.id, shape=row, matrix=_matrix(element)))
        kinds.setdefault(element.id, []).append(element.context)
        batch.triangles += len(batch.shapes[row].faces)
        if batch.triangles > most:
            raise TooManyTriangles(f"The limit is {most}.")
    return kinds


def _elements(iterator: Any) -> Iterator[Any]:
    more = _asked(iterator.initialize)
    while more:
        yield _asked(iterator.get)
        more = _asked(iterator.next)


def _asked(call: Callable[[], Any]) -> Any:
    """Return what the library says; it raises this where a value is not of the type that its schema has."""
    try:
        return call()
    except RuntimeError as error:
        raise SourceDamaged(f"{error}.") from error


def new_iterator(model: Model, products: list[Entity], *, sides: int = 0, kernel: Any = KERNEL) -> Any:
    """
    Return the library's iterator over the shapes of products, with circles of so many sides; 0: its own choice.

    Raises
    ------
    SourceDamaged
        If the library cannot read what the products need.
    """
    import ifcopenshell.geom  # noqa: PLC0415 heavy, and an extra

    settings: Any = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]  # the library has no types here
    for name, chosen in SETTINGS.items():
        settings.set(name, chosen)
    if sides:
        settings.set("circle-segments", sides)
    return _asked(lambda: ifcopenshell.geom.iterator(settings, model, 1, include=products, geometry_library=kernel))


def unit_metres(model: Model, products: list[Entity]) -> float:
    """Return the length of the file's unit in metres, as the shapes were made by it."""
    iterator = new_iterator(model, products[:1])
    _asked(iterator.initialize)
    return finite(iterator.unit_magnitude()) or 1.0


def _new_shape(batch: Batch, model: Model, geometry: Any) -> int | None:
    """Add a shape and return its row, None where it has no triangles."""
    vertices = np.frombuffer(geometry.verts_buffer, dtype=np.float64)
    faces = np.frombuffer(geometry.faces_buffer, dtype=np.int32)
    looks = np.frombuffer(geometry.material_ids_buffer, dtype=np.int32)
    if not len(faces):
        return None
    materials = tuple(_material(model, style) for style in geometry.materials)
    fits = not (len(vertices) % 3 or len(faces) % 3) and len(looks) == len(faces) // 3
    if not fits or looks.min() < -1 or looks.max() >= len(materials):
        raise SourceDamaged("A shape has tables that do not fit together.")
    batch.shapes.append(
        RawShape(
            vertices=vertices.reshape(-1, 3).copy(),
            faces=faces.reshape(-1, 3).copy(),
            material_faces=looks.copy(),
            materials=materials,
        )
    )
    return len(batch.shapes) - 1


def _matrix(element: Any) -> NDArray[np.float64]:
    # Columns one after the other.
    return np.frombuffer(element.transformation_buffer, dtype=np.float64).reshape(SIDE, SIDE).T.copy()


def _material(model: Model, style: Any) -> Material:
    color = style.get_color().components
    transparency = finite(style.transparency) or 0.0
    return Material(name=_style_name(model, style), color=_color((*color, 1.0 - transparency)))


def _style_name(model: Model, style: Any) -> str:
    """Return the name of the style or the material that the look comes from; empty where it has none."""
    with suppress(RuntimeError):  # no such number
        return text(model.by_id(style.instance_id()), "Name")
    return ""


def _color(shares: Iterable[float]) -> Color:
    red, green, blue, opacity = (
        round(255 * min(1.0, max(0.0, share))) if math.isfinite(share) else 0 for share in shares
    )
    return red, green, blue, opacity


@contextmanager
def quiet() -> Iterator[None]:
    """Let nothing be printed: the library's kernels write notes of their own to the output of the whole process."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # what C++ still holds goes nowhere, too
        os.dup2(kept, 1)
        os.close(kept)
