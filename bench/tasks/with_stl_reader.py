"""stl-reader, with numpy where it has nothing."""

from pathlib import Path

import stl_reader  # type: ignore[import-not-found]  # it is in the peers' environment

from tasks import Arrays, Work
from tasks.direct import glb


def read(source: Path, _target: Path) -> Work:
    """STL, binary or ASCII, into a welded mesh."""

    def work() -> Arrays:
        return list(stl_reader.read(str(source)))

    return work


def convert(source: Path, target: Path) -> Work:
    """STL into the smallest GLB that is valid."""

    def work() -> None:
        vertices, faces = stl_reader.read(str(source))
        glb(vertices, faces, target)

    return work
