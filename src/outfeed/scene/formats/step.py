"""
STEP (ISO 10303-21: AP203, AP214, AP242) as a scene, by Open CASCADE: assemblies and parts with names and colours.

Open CASCADE makes triangles of the surfaces and gives them as GLB with z up, in metres, which the reader of glTF reads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from outfeed.errors import ReaderMissing, SourceDamaged
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from outfeed.scene.formats.gltf import Described, Words, read_gltf_scene
from outfeed.scene.formats.step_text import checked
from outfeed.scene.model import Scene

#: Largest file; Open CASCADE takes about ten times as much memory.
MOST_BYTES: Final = 1 << 30
#: What Open CASCADE calls a thing that has no name.
NAMELESS: Final = "Open CASCADE STEP translator"
#: Standard output and standard error.
PRINTED: Final = (1, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deflection:
    """How near triangles are to the surface that they stand for."""

    #: Largest distance: a share of the length of each edge, or millimetres.
    linear: float
    relative: bool
    #: Largest angle between neighbours along a curve, in radians.
    angular: float


#: A circle has at least 18 corners, and a part as many triangles however large it is.
DEFLECTION: Final = Deflection(linear=0.002, relative=True, angular=0.35)


def read_step(source: SourceFile, *, unitless: Unit, limits: ReadLimits, processes: int, report: Report) -> Scene:
    """
    Read STEP. It says its unit, so `unitless` changes nothing.

    Open CASCADE runs in this process, and a hostile file can kill it: read what nobody vouches for in a child.

    Raises
    ------
    SourceEmpty
        If it has no faces.
    SourceDamaged, SourceUnsupported, NotFinite, TooManyTriangles
    ReaderMissing
        If the extra `cad` is not installed.
    """
    data = source.read(MOST_BYTES)
    checked(data)
    report(0.1)
    glb = as_glb(_in_utf8(data), DEFLECTION, parallel=processes > 1)
    report(0.7)
    scene = read_gltf_scene(
        SourceFile(content=glb),
        unitless=unitless,
        limits=limits,
        processes=processes,
        report=lambda done: report(0.7 + 0.3 * done),
        y_up=False,
        described=_described,
    )
    return replace(scene, lost=_LOST)


#: The same for every file.
_LOST: Final = (
    Loss(
        what=Trait.OTHER, why="Exact surfaces became triangles; curves, dimensions, layers and materials are left out."
    ),
)


def as_glb(data: bytes, deflection: Deflection, *, parallel: bool) -> bytes:
    """
    Return what Open CASCADE makes of a text that `checked` let through: GLB, but z up.

    Raises
    ------
    SourceDamaged, ReaderMissing
    """
    try:
        import cascadio  # noqa: PLC0415 large, and an extra
    except ImportError as error:
        raise ReaderMissing("Install outfeed[cad].") from error
    with _silence():
        made: bytes = cascadio.load(
            data,
            file_type="step",
            tol_linear=deflection.linear,
            tol_angular=deflection.angular,
            tol_relative=deflection.relative,
            use_parallel=parallel,
        )
    if not made:
        raise SourceDamaged("Open CASCADE finds no shape in it that it can read.")
    return made


def _in_utf8(data: bytes) -> bytes:
    """Return a text in UTF-8. The format has no other letters than those of ASCII; old programs write Latin ones."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what native code prints off the terminal and out of a program's answer."""
    kept = [os.dup(number) for number in PRINTED]
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in PRINTED:
            os.dup2(nothing, number)
        yield
    finally:
        for number, before in zip(PRINTED, kept, strict=True):
            os.dup2(before, number)
        for number in (*kept, nothing):
            os.close(number)


def _described(words: Words) -> Described:
    """Return the class and the name: the product's own, and beside it what the assembly calls this one of it."""
    node, mesh = (_known(name) for name in (words.node, words.mesh))
    name = mesh or node
    return "Part" if words.shows else "Assembly", name, {"Instance": node} if node not in {"", name} else {}


def _known(name: str) -> str:
    return "" if name.startswith(NAMELESS) else name
