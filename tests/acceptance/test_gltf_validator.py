"""The Khronos validator finds nothing to say of any GLB that we write."""

from pathlib import Path

from acceptance.node import need_npm_clients, run_node
from acceptance.written_meshes import meshes
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.units import Unit
from unit.corpus import needs_data

pytestmark = needs_data


def test_every_glb_is_valid(tmp_path: Path) -> None:
    """Of all good and odd files of the shared data, and of made meshes with colours, textures and opacity."""
    need_npm_clients()
    triangles = {}
    for number, (_, mesh) in enumerate(meshes()):
        with (tmp_path / f"{number}.glb").open("wb") as out:
            write_mesh(mesh, out, format="glb", unitless=Unit.CENTIMETRE)
        triangles[f"{number}.glb"] = len(mesh.faces)

    told = run_node("gltf_validator.cjs", str(tmp_path))

    assert 280 <= len(triangles)
    assert {
        name: {"errors": 0, "warnings": 0, "messages": [], "triangles": count} for name, count in triangles.items()
    } == told
