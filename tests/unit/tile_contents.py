"""Scenes, surfaces and contents of tiles for tests."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from outfeed.mesh.appearance import WHITE, Texture
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from outfeed.scene.model import Element, Part, Scene
from outfeed.tiles.content import schema_of, write_content
from outfeed.tiles.model import Content, Grid, Look, Repeated, Surface
from outfeed.tiles.options import Compression, TileOptions
from unit.glb_tiles import Tile
from unit.test_creases import CUBE, CUBE_FACES

PLAIN = Look(color=WHITE)
GRID = Grid(origin=(10.0, 20.0, 30.0), step=2.0**-10)


def a_picture(color: tuple[int, ...] = (200, 30, 30)) -> bytes:
    """Return a PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGBA" if len(color) == 4 else "RGB", (4, 4), color).save(out, "PNG")
    return out.getvalue()


def a_texture(color: tuple[int, ...] = (200, 30, 30)) -> Texture:
    """Return a texture of one colour."""
    return Texture(image=a_picture(color), media_type="image/png")


def a_surface(element: int = 0, *, at: int = 0, size: int = 1000, look: Look = PLAIN, **more: Any) -> Surface:
    """Return a cube that begins `at` so many steps along x."""
    points = CUBE * np.int32(size) + np.array([at, 0, 0], dtype=np.int32)
    elements = np.full(len(CUBE), element, dtype=np.int32)
    return Surface(points=points, faces=CUBE_FACES, elements=elements, look=look, **more)


def turned_about_z(degrees: float, *, scale: float = 1.0, move: tuple[float, float, float] = (0, 0, 0)) -> Any:
    """Return a matrix (4, 4)."""
    matrix, turn = np.eye(4), np.radians(degrees)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:3, :3] *= scale
    matrix[:3, 3] = move
    return matrix


def a_repeated(transforms: list[NDArray[np.float64]], elements: list[int]) -> Repeated:
    """Return a cube of a metre around the origin that is shown several times."""
    grid = Grid(origin=(-0.5, -0.5, -0.5), step=2.0**-9)
    return Repeated(
        surfaces=(a_surface(size=512),),
        grid=grid,
        transforms=np.array(transforms),
        elements=np.array(elements, dtype=np.int32),
    )


def an_element(number: int, **properties: Any) -> Element:
    """Return an element that is shown."""
    return Element(
        id=f"id {number}",
        class_name="IfcWall" if number % 2 else "IfcSlab",
        name=f"Wänd {number}",
        properties=properties,
        parts=(Part(shape=0),),
    )


def a_scene(*elements: Element) -> Scene:
    """Return elements that all show one cube."""
    cube = Mesh(vertices=CUBE.astype(np.float64), faces=CUBE_FACES, unit=Unit.METRE)
    return Scene(elements=elements or tuple(an_element(number) for number in range(6)), shapes=(cube,))


def written(
    content: Content,
    scene: Scene | None = None,
    *,
    compression: Compression = Compression.NONE,
    offset: tuple[int, int, int] = (0, 0, 0),
) -> bytes:
    """Return the file of a tile."""
    scene = scene or a_scene()
    options = TileOptions(compression=compression)
    return write_content(content, scene.elements, GRID, options, offset=offset, schema=schema_of(scene))


def read_again(content: Content, scene: Scene | None = None, **more: Any) -> Tile:
    """Return the file of a tile, read."""
    return Tile(written(content, scene, **more))
