"""The shapes of many products, made by several processes, the same for any number of them.

Products are put into chunks that do not depend on the number of processes. The numbers of the chunks wait in a pipe:
whoever is free takes the next. The library holds the interpreter's lock, so threads would not help. Results come back
in files, as arrays, so that nothing that a damaged process leaves behind is run.
"""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from outfeed.errors import (
    ChildOutOfMemory,
    OutfeedError,
    SourceDamaged,
    TooManyTriangles,
    by_code,
)
from outfeed.mesh.appearance import Material
from outfeed.mesh.forks import share
from outfeed.mesh.reporting import Report
from outfeed.scene.formats.ifc.attributes import Entity, Model, entities, entity, number_of
from outfeed.scene.formats.ifc.shapes import SIDE, Batch, Placed, RawShape, shapes_of

#: Chunks at most, so that each number is one byte; a chunk costs the library a few milliseconds.
MOST_CHUNKS: Final = 32
#: Representations in a chunk at least.
LEAST_IN_CHUNK: Final = 4

#: What a chunk of products looks like.
Work = Callable[[list[Entity]], Batch]


def shared_shapes(
    model: Model,
    sides: Mapping[int, int],
    products: list[Entity],
    *,
    most: int,
    processes: int,
    meanwhile: Callable[[], None],
    report: Report,
) -> list[Batch]:
    """
    Return the shapes of products, chunk by chunk, made by so many processes; this one does something else first.

    Raises
    ------
    SourceError
        What `shapes_of` raises.
    ChildError
        If a process died.
    """
    chunks = chunked(products)

    def work(chunk: int) -> Batch:
        return shapes_of(model, chunks[chunk], sides=sides, most=most)

    with tempfile.TemporaryDirectory() as folder:
        batches = worked(Path(folder), work, len(chunks), processes, meanwhile, report)
    if sum(batch.triangles for batch in batches) > most:
        raise TooManyTriangles(f"The limit is {most}.")
    return batches


def chunked(products: list[Entity]) -> list[list[Entity]]:
    """Return products in chunks; those that show one representation are together, so that it is made once."""
    groups: dict[int, list[Entity]] = {}
    for product in products:
        groups.setdefault(_source(product), []).append(product)
    count = min(MOST_CHUNKS, max(1, len(groups) // LEAST_IN_CHUNK))
    chunks: list[list[Entity]] = [[] for _ in range(count)]
    for row, group in enumerate(groups.values()):
        chunks[row % count] += group
    return chunks


def _source(product: Entity) -> int:
    """Return the number of what a product shows: what its items stand for, or else its own representation."""
    for shape in entities(product.Representation, "Representations"):
        for item in entities(shape, "Items"):
            mapped = entity(item, "MappingSource")
            if mapped is not None:
                return number_of(mapped)
    first = next(entities(product.Representation, "Representations"), product)
    return number_of(first)


def worked(
    folder: Path,
    work: Callable[[int], Batch],
    count: int,
    processes: int,
    meanwhile: Callable[[], None],
    report: Report,
) -> list[Batch]:
    """Return what `work` makes of the numbers below `count`, in so many processes that write into a folder."""
    done: dict[int, Batch] = {}

    def here(chunk: int) -> None:
        done[chunk] = work(chunk)

    def elsewhere(chunk: int) -> None:
        _do(folder, work, chunk)

    share(count, processes, here=here, elsewhere=elsewhere, meanwhile=meanwhile, report=report)
    return [done[chunk] if chunk in done else _loaded(folder, chunk) for chunk in range(count)]


def _do(folder: Path, work: Callable[[int], Batch], chunk: int) -> None:
    try:
        _save(work(chunk), folder / str(chunk))
    except OutfeedError as error:
        (folder / f"{chunk}.error").write_text(json.dumps([error.code, error.detail]), encoding="utf-8")
    except MemoryError:
        (folder / f"{chunk}.error").write_text(json.dumps([ChildOutOfMemory.code, ""]), encoding="utf-8")


def _save(batch: Batch, path: Path) -> None:
    """Write a batch as one table of each kind, and a text beside it."""
    shapes, placed = batch.shapes, batch.placed
    sizes = [(len(shape.vertices), len(shape.faces)) for shape in shapes]
    np.save(f"{path}.sizes.npy", np.array(sizes, dtype=np.int64).reshape(-1, 2))
    np.save(f"{path}.vertices.npy", np.concatenate([shape.vertices for shape in shapes] or [np.zeros((0, 3))]))
    faces = [shape.faces for shape in shapes] or [np.zeros((0, 3), np.int32)]
    np.save(f"{path}.faces.npy", np.concatenate(faces))
    looks = [shape.material_faces for shape in shapes] or [np.zeros(0, np.int32)]
    np.save(f"{path}.looks.npy", np.concatenate(looks))
    rows = np.array([(item.product, item.shape) for item in placed], dtype=np.int64).reshape(-1, 2)
    np.save(f"{path}.rows.npy", rows)
    np.save(f"{path}.matrices.npy", np.array([item.matrix for item in placed]).reshape(-1, SIDE, SIDE))
    materials = [[[item.name, *item.color] for item in shape.materials] for shape in shapes]
    Path(f"{path}.json").write_text(json.dumps([batch.triangles, materials]), encoding="utf-8")


def _loaded(folder: Path, chunk: int) -> Batch:
    """Read what another process made of a chunk, or raise what it raised."""
    failure = folder / f"{chunk}.error"
    if failure.exists():
        code, detail = json.loads(failure.read_text(encoding="utf-8"))
        raise by_code(code)(detail)
    path = folder / str(chunk)
    if not Path(f"{path}.json").exists():
        raise SourceDamaged("A part of it was lost while it was read.")
    triangles, materials = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    tables = {name: _table(path, name) for name in ("sizes", "vertices", "faces", "looks", "rows", "matrices")}
    ends = np.cumsum(tables["sizes"], axis=0)[:-1]
    cut = [np.split(tables[name], ends[:, column]) for name, column in (("vertices", 0), ("faces", 1), ("looks", 1))]
    shapes = [
        RawShape(vertices=vertices, faces=faces, material_faces=looks, materials=tuple(map(_material, material)))
        for vertices, faces, looks, material in zip(*cut, materials, strict=False)
    ]
    placed = [
        Placed(product=product, shape=shape, matrix=matrix)
        for (product, shape), matrix in zip(tables["rows"].tolist(), tables["matrices"], strict=True)
    ]
    return Batch(shapes=shapes, placed=placed, triangles=triangles)


def _table(path: Path, name: str) -> Any:
    return np.load(f"{path}.{name}.npy", allow_pickle=False)


def _material(row: list[Any]) -> Material:
    name, red, green, blue, opacity = row
    return Material(name=name, color=(red, green, blue, opacity))
