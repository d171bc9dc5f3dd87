"""What only a process of its own shows: the modules that it loads, and that nothing leans on how it hashes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from outfeed.mesh.reduce import simplify
from outfeed.mesh.samples import terrain, textured_tile, torus
from unit.mesh_helpers import a_ball, a_mesh

#: Prints the modules that a conversion loads although the worker has loaded its own.
CONVERT = """
import importlib, io, sys
from outfeed.exports.kinds import PRELOAD
for name in PRELOAD:
    importlib.import_module(name)
from outfeed.mesh.formats.registry import READERS, WRITERS, read_source, write_mesh
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.samples import textured_tile
from outfeed.mesh.units import Unit
before = set(sys.modules)
for name, writer in WRITERS.items():
    out = io.BytesIO()
    write_mesh(textured_tile(cells=2), out, format=name, unitless=Unit.METRE)
    source = SourceFile(content=out.getvalue())
    read_source(source, format=writer.reader, unitless=Unit.METRE, limits=ReadLimits())
print(sorted(set(sys.modules) - before))
"""


def test_every_format_loads_before_the_worker_forks() -> None:
    """A child that imports something by itself would do so for each conversion."""
    done = subprocess.run([sys.executable, "-c", CONVERT], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


SCRIPT = "import sys; from acceptance.test_own_processes import digest; sys.stdout.write(digest())"


def digest() -> str:
    """Return what a set of meshes becomes; a process of its own prints the same."""
    total = hashlib.sha256()
    for mesh in (a_ball(), torus(), terrain(cells=20), textured_tile(), *(a_mesh(seed) for seed in range(20))):
        made = simplify(mesh, len(mesh.faces) // 4)
        arrays = [made.mesh.vertices, made.mesh.faces, made.mesh.uvs, made.mesh.colors, np.float64(made.error)]
        for table in arrays:
            total.update(b"" if table is None else np.ascontiguousarray(table).tobytes())
    return total.hexdigest()


def test_a_process_of_its_own_gives_the_same_bytes() -> None:
    found = []
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            check=True,
            timeout=120,
        )
        found.append(ran.stdout.decode())

    assert [digest()] * 2 == found
