"""
glTF 2.0, as JSON or as GLB: what its scene shows, as one mesh.

A node's transform is followed, also where a skin would put the vertices elsewhere: skins, morph targets and animations
are left out, and the mesh is as it is stored.
"""

from typing import Final

import numpy as np

from outfeed.mesh.build import build
from outfeed.mesh.formats.gltf.collecting import Collector
from outfeed.mesh.formats.gltf.looks import Looks
from outfeed.mesh.formats.gltf.losing import losses
from outfeed.mesh.formats.gltf.opening import open_gltf
from outfeed.mesh.formats.gltf.primitives import Primitives
from outfeed.mesh.formats.gltf.scene import matrices, placements
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report, silent
from outfeed.mesh.units import Unit

#: Placements between two reports of progress.
REPORT_EVERY: Final = 1_000


# Numbers of a hostile file overflow and are none, which numpy warns of; `build` refuses what is not finite.
@np.errstate(over="ignore", invalid="ignore")
def read_gltf(source: SourceFile, *, unitless: Unit, limits: ReadLimits, report: Report = silent) -> Reading:
    """
    Read glTF or GLB, told by its first bytes. In metres, so `unitless` changes nothing.

    Positions stay float32 where the file stores float32 and no node moves them. Colours of corners and materials become
    sRGB of 8 bits; opacity counts where the material says so, and nowhere else, as the format has it.

    Raises
    ------
    SourceEmpty, SourceDamaged, NotFinite, IndexOutOfRange, TooManyTriangles
    """
    del unitless
    opened = open_gltf(source, limits)
    document, totals = opened.document, opened.totals
    placed = list(placements(document))
    opened.check_placed(sum(placement.count * totals[placement.mesh] for placement in placed))
    report(0.1)
    looks = Looks(document, opened.buffers, limits)
    collector = Collector(opened, Primitives(document, opened.buffers, looks, limits.max_triangles))
    for number, placement in enumerate(placed):
        if totals[placement.mesh]:
            for turns in matrices(document, opened.buffers, placement):
                collector.add(placement.mesh, turns)
        if not number % REPORT_EVERY:
            report(0.1 + 0.5 * number / len(placed))
    mesh = build(collector.mesh(tuple(looks.materials), looks.textures))
    report(1.0)
    return Reading(mesh=mesh, stored_triangles=sum(totals), lost=losses(document, placed, looks, one=True))
