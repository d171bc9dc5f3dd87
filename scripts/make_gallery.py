"""Draws the pictures of `docs/gallery.md`: twenty models made by formula, each as its thumbnail, and sheets.

`make docs` runs it. `tests/acceptance/test_gallery.py` fails when the pictures that are kept are others.
"""

import colorsys
import io
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2  # type: ignore[import-untyped]  # the library has no types
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from outfeed.mesh.appearance import Color, Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import gear, terrain, torus
from outfeed.mesh.thumbnail import thumbnail
from outfeed.mesh.units import Unit
from outfeed.scene.samples import write_house
from outfeed.sheets.model import SheetLimits
from outfeed.sheets.plans.options import PlanOptions
from outfeed.sheets.plans.reading import read_ifc_plans

FOLDER: Final = Path(__file__).parents[1] / "docs" / "gallery"
SIDE: Final = 256
#: Colours of a picture as it is kept: the first of these with which it is small enough.
PALETTES: Final = (256, 192, 128, 96, 64)
MOST_BYTES: Final = 15_000
#: Columns of a picture of a sheet, and its greys.
SHEET_WIDTH, SHEET_GREYS = 1000, 16

Table = NDArray[np.float64]
TURN: Final = math.tau


def sheet(points: Table, *, wrap: tuple[bool, bool] = (False, False), textured: bool = False) -> Mesh:
    """Return the surface through a grid of points (rows, columns, 3), whose ends may meet."""
    rows, columns = points.shape[:2]
    i, j = np.meshgrid(np.arange(rows - (not wrap[0])), np.arange(columns - (not wrap[1])), indexing="ij")
    corners = [((i + di) % rows * columns + (j + dj) % columns).ravel() for di, dj in ((0, 0), (1, 0), (1, 1), (0, 1))]
    faces = np.stack([corners[at] for at in (0, 1, 2, 0, 2, 3)], axis=1).reshape(-1, 3).astype(np.int32)
    mesh = Mesh(vertices=points.reshape(-1, 3), faces=faces, unit=Unit.MILLIMETRE)
    if not textured:
        return mesh
    u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return replace(mesh, uvs=np.stack([u, v], axis=-1).reshape(-1, 2), uv_faces=faces)


def turned(profile: Sequence[tuple[float, float]] | Table, *, around: int = 72) -> Mesh:
    """Return what a lathe makes of radii and heights, from the bottom up."""
    radius, height = np.asarray(profile, dtype=np.float64).T
    angle = np.arange(around) * TURN / around
    x, y = np.outer(np.cos(angle), radius), np.outer(np.sin(angle), radius)
    return sheet(np.stack([x, y, np.broadcast_to(height, x.shape)], axis=-1), wrap=(True, False))


def tube(path: Table, radius: float | Table, *, sides: int = 24, closed: bool = False) -> Mesh:
    """Return a pipe around a path (n, 3)."""
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    first = np.cross(along, (0.12, 0.31, 1.0))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = np.arange(sides) * TURN / sides
    ring = np.cos(angle)[:, None] * first[:, None] + np.sin(angle)[:, None] * second[:, None]
    return sheet(path[:, None] + ring * np.reshape(radius, (-1, 1, 1)), wrap=(closed, True))


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    """Return a block between two corners."""
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.float64)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [corner for a, b, c, d in quads for corner in ((a, b, c), (a, c, d))]
    size = np.array(high, dtype=np.float64) - low
    return Mesh(vertices=corners * size + low, faces=np.array(faces, np.int32), unit=Unit.MILLIMETRE)


def ball(radius: float, centre: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    """Return a ball."""
    angle = np.linspace(-TURN / 4, TURN / 4, 33)
    mesh = turned(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    return replace(mesh, vertices=mesh.vertices + centre)


def moved(mesh: Mesh, *, by: tuple[float, float, float] = (0, 0, 0), turn: float = 0.0) -> Mesh:
    """Return the mesh turned around the upright axis, then moved."""
    c, s = math.cos(turn), math.sin(turn)
    return replace(mesh, vertices=mesh.vertices @ np.array([(c, s, 0), (-s, c, 0), (0, 0, 1)]) + by)


def joined(*parts: tuple[Mesh, Color]) -> Mesh:
    """Return the parts as one mesh, each in its colour."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh, _ in parts)])
    faces = np.vstack([mesh.faces + start for (mesh, _), start in zip(parts, starts[:-1], strict=True)])
    rows = np.repeat(np.arange(len(parts)), [len(mesh.faces) for mesh, _ in parts])
    return build(
        Mesh(
            vertices=np.concatenate([mesh.vertices for mesh, _ in parts], dtype=np.float64),
            faces=faces.astype(np.int32),
            unit=Unit.MILLIMETRE,
            materials=tuple(Material(color=color) for _, color in parts),
            material_faces=rows.astype(np.int32),
        )
    )


def painted(mesh: Mesh, shares: Table) -> Mesh:
    """Return the mesh with the colours of a rainbow, one share of the way round for each vertex."""
    colors = [(*(round(255 * x) for x in colorsys.hsv_to_rgb(share % 1.0, 0.62, 0.95)), 255) for share in shares]
    return replace(mesh, colors=np.array(colors, np.uint8), color_faces=mesh.faces)


def clad(mesh: Mesh, image: Image.Image) -> Mesh:
    """Return a mesh that has texture coordinates with an image on all of it."""
    out = io.BytesIO()
    image.save(out, "PNG")
    texture = Texture(image=out.getvalue(), media_type="image/png", wrap_u=Wrap.CLAMP, wrap_v=Wrap.CLAMP)
    rows = np.zeros(len(mesh.faces), np.int32)
    return replace(mesh, materials=(Material(texture=0),), material_faces=rows, textures=(texture,))


def colorful_ring() -> Mesh:
    """Return a ring that goes once round the rainbow."""
    ring = torus(around=144, along=48)
    return painted(ring, np.arctan2(ring.vertices[:, 1], ring.vertices[:, 0]) / TURN)


def island() -> Mesh:
    """Return hills coloured by their height, from the sea's blue to the snow's pale red."""
    land = terrain(cells=150)
    height = land.vertices[:, 2] - land.vertices[:, 2].min()
    return painted(replace(land, vertices=land.vertices * (1, 1, 1.9)), 0.62 - 0.6 * height / height.max())


def vase() -> Mesh:
    """Return a vase with a twist."""
    height, angle = np.meshgrid(np.linspace(0, 1, 90), np.arange(180) * TURN / 180, indexing="ij")
    wave = 1 + 0.07 * np.cos(9 * angle + 4 * height)
    radius = (16 + 11 * np.sin(1.1 + 5.2 * height)) * wave
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), 75 * height], axis=-1)
    return joined((sheet(points, wrap=(False, True)), (42, 120, 142, 255)))


def trefoil() -> Mesh:
    """Return the simplest knot."""
    t = np.arange(400) * TURN / 400
    path = np.stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -1.3 * np.sin(3 * t)], axis=1)
    knot = tube(path * 10, 5.0, closed=True, sides=36)
    return painted(knot, np.repeat(t / TURN, 36))


def pawn() -> Mesh:
    """Return a chess piece off the lathe."""
    foot = [(0, 0), (16, 0), (16, 3), (14, 5), (14, 7), (11, 10), (7.5, 16), (6, 26), (5.5, 33), (9.5, 34), (9.5, 36)]
    angle = np.linspace(-1.0, TURN / 4, 24)
    head = np.stack([9 * np.cos(angle), 43 + 9 * np.sin(angle)], axis=1)
    return joined((turned(np.vstack([foot, head])), (236, 214, 178, 255)))


def sponge() -> Mesh:
    """Return Menger's sponge after three steps: only the sides of its cells that nothing covers."""
    cells = np.ones((1, 1, 1), dtype=bool)
    part = np.array([[[sum(at == 1 for at in (x, y, z)) < 2 for z in range(3)] for y in range(3)] for x in range(3)])  # noqa: PLR2004 - two or more in the middle: a hole
    for _ in range(3):
        cells = np.kron(part, cells).astype(bool)
    around = np.pad(cells, 1)
    sides = []
    for axis in range(3):
        for step in (-1, 1):
            bare = cells & ~np.roll(around, -step, axis)[1:-1, 1:-1, 1:-1]
            corner = np.argwhere(bare) + (np.arange(3) == axis) * (step > 0)
            one, other = (np.arange(3) == at for at in ((axis + 1) % 3, (axis + 2) % 3)[::step])
            sides.append(np.stack([corner, corner + one, corner + one + other, corner + other], axis=1))
    quads = np.concatenate(sides).reshape(-1, 3).astype(np.float64)
    numbers = np.arange(len(quads), dtype=np.int32).reshape(-1, 4)
    faces = numbers[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    return build(Mesh(vertices=quads, faces=np.ascontiguousarray(faces), unit=Unit.MILLIMETRE))


def chain() -> Mesh:
    """Return seven links, each through the next."""
    t = np.arange(96) * TURN / 96
    flat = np.stack([9 * np.cos(t) + 6 * np.tanh(4 * np.cos(t)), 8 * np.sin(t), np.zeros(96)], axis=1)
    links = [
        (tube((flat if at % 2 else flat[:, [0, 2, 1]]) + (22 * at, 0, 0), 2.8, closed=True), color)
        for at, color in enumerate([(212, 165, 64, 255), (168, 172, 178, 255)] * 3 + [(212, 165, 64, 255)])
    ]
    return joined(*links)


def spring() -> Mesh:
    """Return a coil of six turns."""
    t = np.linspace(0, 6 * TURN, 600)
    return tube(np.stack([18 * np.cos(t), 18 * np.sin(t), 1.5 * t], axis=1), 2.2)


def die() -> Mesh:
    """Return a die, its pips painted on a texture of six squares."""
    image = Image.new("RGB", (768, 128), (246, 244, 238))
    pen = ImageDraw.Draw(image)
    pips = {1: [4], 2: [0, 8], 3: [0, 4, 8], 4: [0, 2, 6, 8], 5: [0, 2, 4, 6, 8], 6: [0, 2, 3, 5, 6, 8]}
    for number, places in pips.items():
        for place in places:
            x, y = (number - 1) * 128 + 30 + place % 3 * 34, 30 + place // 3 * 34
            pen.ellipse((x - 12, y - 12, x + 12, y + 12), fill=(190, 40, 44) if number == 1 else (34, 36, 42))
    cube = box((0, 0, 0), (16, 16, 16))
    squares = [np.array([(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)]) * (1 / 6, 1) + (at / 6, 0) for at in range(6)]
    uvs = np.vstack([squares[side] for side in (2, 3, 1, 5, 4, 0)])
    return clad(replace(cube, uvs=uvs, uv_faces=np.arange(36, dtype=np.int32).reshape(-1, 3)), image)


def globe() -> Mesh:
    """Return a ball with a map of made-up lands, and lines of length and breadth."""
    u, v = np.meshgrid(np.linspace(0, TURN, 512, endpoint=False), np.linspace(-1.5, 1.5, 256))
    land = np.sin(2 * u + 1) * np.cos(3 * v) + 0.7 * np.sin(5 * u - 2 * v) * np.cos(v) + 0.4 * np.cos(9 * u + 7 * v)
    pixels = np.where((land > np.median(land) + 0.3)[..., None], (92, 148, 76), (52, 104, 170)).astype(np.uint8)
    pixels[np.abs(v) > 1.25] = (238, 242, 246)  # noqa: PLR2004 - where ice begins
    pixels[:, ::43] = pixels[::43] = (226, 226, 214)
    east, north = np.meshgrid(np.linspace(0, TURN, 97), np.linspace(-TURN / 4, TURN / 4, 49), indexing="ij")
    points = np.stack([np.cos(east) * np.cos(north), np.sin(east) * np.cos(north), np.sin(north)], axis=-1)
    return clad(sheet(points * 40, textured=True), Image.fromarray(pixels[::-1].copy()))


def moebius() -> Mesh:
    """Return a strip with one side."""
    t, s = np.meshgrid(np.linspace(0, TURN, 240), np.linspace(-1, 1, 12), indexing="ij")
    radius = 3 + s * np.cos(t / 2)
    points = np.stack([radius * np.cos(t), radius * np.sin(t), s * np.sin(t / 2) + 0.5], axis=-1)
    return painted(sheet(points * 10), t.ravel() / TURN / 3 + 0.5)


def glass() -> Mesh:
    """Return a glass of wine: what is seen through it is seen."""
    bowl = [(0.5, 33), (8, 36), (14, 44), (16, 56), (15, 70), (13, 80)]
    wine = [(0, 36.5), (7, 38), (12.6, 45), (14.6, 54), (14.8, 58), (0, 58)]
    foot = [(0, 0), (15, 0), (15, 1), (3, 3), (1.6, 6), (1.6, 30), (3, 33.5)]
    clear = (214, 226, 236, 70)
    return joined((turned(foot), (214, 226, 236, 120)), (turned(bowl), clear), (turned(wine), (120, 14, 38, 235)))


def stairs() -> Mesh:
    """Return a winding staircase around a post."""
    post = (turned([(0, 0), (4, 0), (4, 70), (0, 70)]), (120, 124, 132, 255))
    steps = [
        (moved(box((3, -5, 0), (30, 5, 3)), by=(0, 0, 3.2 * at), turn=at * TURN / 16), (196 - 3 * at, 148, 96, 255))
        for at in range(20)
    ]
    return joined(post, *steps)


def bolt() -> Mesh:
    """Return a bolt with a thread."""
    height, angle = np.meshgrid(np.linspace(0, 46, 240), np.arange(96) * TURN / 96, indexing="ij")
    depth = np.abs((height / 4 - angle / TURN) % 1 - 0.5) * 2
    radius = 8 - 1.6 * depth * np.clip((44 - height) / 6, 0, 1)
    shaft = sheet(np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=-1), wrap=(False, True))
    head = turned([(0, 46), (15, 46), (15, 56), (13, 58), (0, 58)], around=6)
    return joined((shaft, (176, 180, 188, 255)), (head, (150, 154, 162, 255)))


def snowman() -> Mesh:
    """Return a snowman."""
    white, coal, carrot = (240, 243, 248, 255), (38, 38, 42, 255), (232, 122, 36, 255)
    body = [(ball(20, (0, 0, 18)), white), (ball(14, (0, 0, 46)), white), (ball(10, (0, 0, 66)), white)]
    eyes = [(ball(1.5, (x, -9.2, 69)), coal) for x in (-3.4, 3.4)]
    buttons = [(ball(1.6, (0, -y, z)), coal) for y, z in ((13.6, 51), (14, 46), (13.4, 41))]
    path = np.stack([np.zeros(12), np.linspace(-9, -20, 12), np.full(12, 65.5)], axis=1)
    nose = (tube(path, np.linspace(2.0, 0.1, 12)), carrot)
    hat = (turned([(0, 73), (12, 73), (12, 74.5), (7.5, 74.5), (7.5, 86), (0, 86)]), (58, 44, 92, 255))
    return joined(*body, *eyes, *buttons, nose, hat)


def house() -> Mesh:
    """Return a house with a roof, a door, windows and a chimney."""
    roof = Mesh(
        vertices=np.array([(-3, -3, 24), (43, -3, 24), (43, 33, 24), (-3, 33, 24), (-3, 15, 42), (43, 15, 42)], float),
        faces=np.array([(0, 1, 5), (0, 5, 4), (2, 3, 4), (2, 4, 5), (0, 4, 3), (1, 2, 5)], np.int32),
        unit=Unit.MILLIMETRE,
    )
    panes = [box((x, -0.4, 9), (x + 7, 0.2, 18)) for x in (5, 28)] + [
        box((39.8, y, 9), (40.4, y + 7, 18)) for y in (5, 18)
    ]
    return joined(
        (box((0, 0, 0), (40, 30, 24)), (232, 214, 176, 255)),
        (roof, (172, 62, 48, 255)),
        (box((16.5, -0.5, 0), (23.5, 0.2, 16)), (108, 72, 44, 255)),
        (box((29, 18, 26), (34, 23, 46)), (140, 92, 78, 255)),
        *((pane, (122, 176, 214, 255)) for pane in panes),
    )


def shell() -> Mesh:
    """Return a snail's shell: a pipe that winds and widens."""
    t = np.linspace(0, 5.2 * TURN, 700)
    grown = np.exp(t / TURN * 0.42)
    path = np.stack([grown * np.cos(t), grown * np.sin(t), -1.5 * grown], axis=1)
    return painted(tube(path, 0.78 * grown, sides=40), np.repeat(0.04 + 0.1 * np.sin(t * 3) ** 2, 40))


def star() -> Mesh:
    """Return an icosahedron with a spike on each of its faces."""
    golden = (1 + math.sqrt(5)) / 2
    base = [point for a in (-1, 1) for b in (-golden, golden) for point in ((0, a, b), (a, b, 0), (b, 0, a))]
    points = np.array(base, dtype=np.float64)
    near = np.linalg.norm(points[:, None] - points, axis=2) < 2.1  # noqa: PLR2004 - its edges are 2 long
    sides = [
        (i, j, k) for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]
    ]
    tips = np.array([points[list(side)].mean(axis=0) * 2.1 for side in sides])
    faces = [(side[a], side[b], 12 + at) for at, side in enumerate(sides) for a, b in ((0, 1), (1, 2), (2, 0))]
    mesh = Mesh(vertices=np.vstack([points, tips]) * 10, faces=np.array(faces, np.int32), unit=Unit.MILLIMETRE)
    mesh = painted(mesh, np.zeros(32))
    colors = painted(mesh, np.arange(32) / 20).colors
    return replace(mesh, colors=colors, color_faces=np.repeat(np.arange(60, dtype=np.int32)[:, None] // 3, 3, axis=1))


def flag() -> Mesh:
    """Return a chequered flag in the wind, on its pole."""
    u, v = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 30), indexing="ij")
    points = np.stack([60 * u, 7 * u * np.sin(9 * u + 2 * v), 38 * v + 40 - 4 * u], axis=-1)
    squares = np.indices((6, 9)).sum(axis=0) % 2 * 214 + 26
    image = Image.fromarray(squares.astype(np.uint8)).resize((288, 192), Image.Resampling.NEAREST).convert("RGB")
    cloth, pole = clad(sheet(points, textured=True), image), turned([(0, 0), (1.6, 0), (1.6, 82), (2.6, 84), (0, 87)])
    return replace(
        cloth,
        vertices=np.concatenate([cloth.vertices, pole.vertices], dtype=np.float64),
        faces=np.vstack([cloth.faces, pole.faces + len(cloth.vertices)]).astype(np.int32),
        uv_faces=np.vstack([cloth.faces, np.full_like(pole.faces, -1)]),
        materials=(*cloth.materials, Material(color=(156, 120, 72, 255))),
        material_faces=np.repeat(np.array([0, 1], np.int32), [len(cloth.faces), len(pole.faces)]),
    )


#: File name without its end: what makes the model.
MODELS: Final[dict[str, Callable[[], Mesh]]] = {
    "gear": gear,
    "ring": colorful_ring,
    "island": island,
    "vase": vase,
    "trefoil": trefoil,
    "pawn": pawn,
    "sponge": sponge,
    "chain": chain,
    "spring": spring,
    "die": die,
    "globe": globe,
    "moebius": moebius,
    "glass": glass,
    "stairs": stairs,
    "bolt": bolt,
    "snowman": snowman,
    "house": house,
    "shell": shell,
    "star": star,
    "flag": flag,
}


def picture(name: str) -> bytes:
    """Return a model's thumbnail, with few enough colours to be small."""
    with Image.open(io.BytesIO(thumbnail(MODELS[name](), size=(SIDE, SIDE)))) as drawn:
        found = b""
        for colors in PALETTES:
            out = io.BytesIO()
            drawn.quantize(colors, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            found = out.getvalue()
            if len(found) <= MOST_BYTES:
                break
    return found


def table() -> str:
    """Return the pictures in rows of five, for the page."""
    cells = [f"![{name}](gallery/{name}.png)" for name in MODELS]
    rows = [cells[first : first + 5] for first in range(0, len(cells), 5)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * 5, *lines[1:]])


def page_picture(pdf_path: Path, page: int) -> bytes:
    """Return a page of a PDF as PDFium draws it, in a few greys, as PNG."""
    with pypdfium2.PdfDocument(pdf_path) as pdf:
        drawn = pdf[page].render(scale=SHEET_WIDTH / pdf[page].get_width()).to_pil()
    out = io.BytesIO()
    drawn.convert("L").quantize(SHEET_GREYS).save(out, "PNG", optimize=True)
    return out.getvalue()


def house_sheet(page: int) -> bytes:
    """Return a sheet of the sample house: its storeys, lowest first, then its sections."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "house.pdf")
        source = write_house(Path(folder, "house.ifc"))
        read_ifc_plans(source, out, limits=SheetLimits(), options=PlanOptions(sections=True))
        return page_picture(out, page)


#: Pictures of sheets, by what draws them.
SHEETS: Final[dict[str, Callable[[], bytes]]] = {
    "plan": lambda: house_sheet(0),
    "section": lambda: house_sheet(4),
}


def main() -> None:
    """Draw every model and every sheet into the folder of the page."""
    FOLDER.mkdir(exist_ok=True)
    for name in MODELS:
        (FOLDER / f"{name}.png").write_bytes(picture(name))
    for name, draw in SHEETS.items():
        (FOLDER / f"{name}.png").write_bytes(draw())


if __name__ == "__main__":
    main()
