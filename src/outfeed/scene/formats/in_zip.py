"""A ZIP with one model, and the files that the model names, as the scene of that model."""

from outfeed.mesh.formats.models_in_zip import ZIP, model_inside
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.reporting import Report
from outfeed.mesh.units import Unit
from outfeed.scene.model import Scene
from outfeed.scene.registry import SCENE_READERS, scene_reader_for


def read_zip_scene(source: SourceFile, *, unitless: Unit, limits: ReadLimits, processes: int, report: Report) -> Scene:
    """Read the one model of an archive, as `outfeed.mesh.formats.models_in_zip` finds it."""
    ends = [end for form, reader in SCENE_READERS.items() if form != ZIP for end in reader.extensions]
    with model_inside(source, limits, ends) as (name, model, left):
        read = SCENE_READERS[scene_reader_for(name) or ""].read
        return read(model, unitless=unitless, limits=left, processes=processes, report=report)
