"""Every writer, on one core and on several."""

from io import BytesIO

import numpy as np
import pytest

from outfeed.mesh.appearance import Material
from outfeed.mesh.formats.registry import WRITERS, write_mesh
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.parallel import using_threads
from outfeed.mesh.units import Unit

#: Where writers say how many rows they take at once.
MODULES = {
    "glb": "gltf.write",
    "ply": "ply.write",
    "3mf": "threemf.write",
    "obj": "obj.rows",
    "obj_zip": "obj.rows",
    "off": "off.write",
    "stl_ascii": "stl",
    "stl_binary": "stl",
}
ROWS = 7


def a_painted_strip() -> Mesh:
    """Return 40 triangles in a row with texture coordinates, colours and materials that change now and then."""
    steps = np.arange(42)
    faces = np.stack([steps[:-2], steps[1:-1], steps[2:]], axis=1).astype(np.int32)
    return check(
        Mesh(
            vertices=np.stack([steps / 3, steps % 2 * 1.1, np.sin(steps)], axis=1),
            faces=faces,
            unit=Unit.MILLIMETRE,
            uvs=np.stack([steps / 42, steps % 2 / 7], axis=1),
            uv_faces=faces,
            colors=np.array([[255, 0, 0, 255], [0, 255, 9, 255]], dtype=np.uint8),
            color_faces=(faces // 9 % 2).astype(np.int32),
            materials=(Material(name="steel"), Material(name="wood", color=(9, 8, 7, 255))),
            material_faces=(steps[:-2] // 5 % 2).astype(np.int32),
        )
    )


def written(mesh: Mesh, form: str, threads: int) -> bytes:
    out = BytesIO()
    with using_threads(threads):
        write_mesh(mesh, out, format=form, unitless=Unit.MILLIMETRE)
    return out.getvalue()


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_has_the_same_bytes_for_any_number_of_threads(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = a_painted_strip()
    monkeypatch.setattr(f"outfeed.mesh.formats.{MODULES[form]}.CHUNK", ROWS)
    alone = written(mesh, form, 1)

    assert alone == written(mesh, form, 2)
    assert alone == written(mesh, form, 7)


@pytest.mark.parametrize("form", ["obj", "off", "stl_ascii"])
def test_text_has_the_same_bytes_in_pieces_of_any_size(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = a_painted_strip()
    whole = written(mesh, form, 2)
    monkeypatch.setattr(f"outfeed.mesh.formats.{MODULES[form]}.CHUNK", ROWS)

    assert whole == written(mesh, form, 2)
