"""trimesh."""

from pathlib import Path

import numpy as np
import trimesh

from tasks import Arrays, Work


def read(source: Path, _target: Path) -> Work:
    """Read a file of any format into a mesh, welded."""

    def work() -> Arrays:
        mesh = trimesh.load_mesh(source)
        return [mesh.vertices, mesh.faces]

    return work


def convert(source: Path, target: Path) -> Work:
    """Read a file and write it in another format."""

    def work() -> None:
        trimesh.load_mesh(source).export(target)

    return work


def write(source: Path, target: Path) -> Work:
    """Write a mesh that is in memory."""
    mesh = _loaded(source)
    form = "stl_ascii" if target.name.endswith(".ascii.stl") else target.suffix[1:]

    def work() -> None:
        mesh.export(target, file_type=form)

    return work


def analysis(source: Path, _target: Path) -> Work:
    """Open and non-manifold edges, winding, degenerate and duplicate faces, parts, volume."""
    mesh = _loaded(source)

    def work() -> None:
        counts = np.bincount(mesh.faces_unique_edges.ravel(), minlength=len(mesh.edges_unique))
        _open, _crowded = (counts == 1).sum(), (counts > 2).sum()
        _facts = mesh.is_winding_consistent, mesh.body_count, mesh.volume
        _faces = mesh.nondegenerate_faces(), mesh.unique_faces()

    return work


def _loaded(source: Path) -> trimesh.Trimesh:
    arrays = np.load(source)
    return trimesh.Trimesh(arrays["vertices"], arrays["faces"], process=False)
