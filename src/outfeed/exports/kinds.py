"""The kinds of jobs behind imports, exports and previews, and what becomes of their results."""

from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Staged
from outfeed.exports.request import THUMBNAIL_PX, VISUAL_FORMAT, thumbnail_key
from outfeed.jobs.job import Job
from outfeed.jobs.kinds import Kind, Results
from outfeed.jobs.work import Limits
from outfeed.library.artifacts import insert_artifact
from outfeed.library.buckets import ensure_result_bucket
from outfeed.library.files import insert_file
from outfeed.library.meshes import Door, MeshRecord, find_mesh, insert_mesh, set_analysis, set_visual
from outfeed.library.objects import insert_object
from outfeed.library.pages import keep_pages
from outfeed.library.thumbnails import insert_thumbnail
from outfeed.mesh.formats.registry import MODULES, WRITERS
from outfeed.mesh.units import Unit
from outfeed.settings import Settings
from outfeed.sheets.registry import MODULES as SHEET_MODULES

MESH_IMPORT: Final = "mesh_import"
MESH_EXPORT: Final = "mesh_export"
MESH_VISUAL: Final = "mesh_visual"
MESH_THUMBNAIL: Final = "mesh_thumbnail"
MESH_ANALYSIS: Final = "mesh_analysis"
MESH_REDUCTION: Final = "mesh_reduction"
MODEL_EXPORT: Final = "model_export"
DRAWING_READING: Final = "drawing_reading"
SHEET_EXPORT: Final = "sheet_export"
DERIVATIVE: Final = "derivative"
#: A derivative that is a picture: a source is read for it, and drawn.
DERIVATIVE_PICTURE: Final = "derivative_picture"

#: Modules that the worker loads before it forks children.
PRELOAD: Final = (
    "outfeed.exports.conversions",
    "outfeed.exports.model_conversions",
    "outfeed.exports.sheet_conversions",
    "outfeed.exports.derivative_conversions",
    *MODULES,
    *SHEET_MODULES,
)


def kinds(settings: Settings) -> dict[str, Kind]:
    """Return the kinds of jobs by name, with the limits that the settings give them."""
    rows = (
        (MESH_IMPORT, "import_mesh", settings.import_wall_s, _keep_mesh),
        (MESH_EXPORT, "export_mesh", settings.export_wall_s, _keep_artifact),
        (MESH_VISUAL, "export_mesh", settings.export_wall_s, _keep_visual),
        (MESH_THUMBNAIL, "draw_mesh", settings.preview_wall_s, _keep_thumbnail),
        (MESH_ANALYSIS, "analyze_mesh", settings.analysis_wall_s, _keep_analysis),
        (MESH_REDUCTION, "reduce_mesh", settings.analysis_wall_s, _keep_mesh),
    )
    of_meshes = {
        name: Kind(
            name=name,
            target=f"outfeed.exports.conversions:{function}",
            limits=_limits(settings, wall_s),
            finish=finish,
        )
        for name, function, wall_s, finish in rows
    }
    in_processes = (
        (MODEL_EXPORT, "model_conversions:export_model", _keep_tree),
        (DRAWING_READING, "sheet_conversions:read_sheets", _keep_pages),
        (SHEET_EXPORT, "sheet_conversions:export_sheets", _keep_tree),
        (DERIVATIVE, "derivative_conversions:derive", _keep_tree),
    )
    large = replace(_limits(settings, settings.export_wall_s), memory_bytes=settings.tiles_memory_bytes, processes=True)
    in_all = of_meshes | {
        name: Kind(name=name, target=f"outfeed.exports.{target}", limits=large, finish=finish)
        for name, target, finish in in_processes
    }
    # What a page says may take an hour to draw, such as a pattern of tiny tiles.
    brief = replace(large, wall_s=min(settings.export_wall_s, settings.import_wall_s + settings.preview_wall_s))
    return in_all | {DERIVATIVE_PICTURE: replace(in_all[DERIVATIVE], name=DERIVATIVE_PICTURE, limits=brief)}


def _limits(settings: Settings, wall_s: float) -> Limits:
    return Limits(
        wall_s=wall_s,
        memory_bytes=settings.child_memory_bytes,
        output_bytes=settings.child_output_bytes,
        threads=settings.threads,
    )


def _keep_mesh(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make a new mesh visible under the id that it was promised, with the previews that were made of it."""
    planned = job.spec["mesh"]
    blob, visual, picture = (results.files.get(name) for name in ("mesh", "visual", "thumbnail"))
    assert blob is not None  # noqa: S101 - the conversion writes it or fails
    mesh = MeshRecord(
        id=planned["id"],
        principal_id=job.principal_id,
        name=planned["name"],
        blob=blob.digest,
        door=Door(planned["door"]),
        transform=planned["transform"],
        facts=planned.get("facts", {}) | results.facts,
        created_at=now,
        visual=_placed(connection, job, job.spec["export"], visual, VISUAL_FORMAT, now) if visual else None,
    )
    insert_mesh(connection, mesh)
    if picture:
        key = thumbnail_key(mesh.blob, mesh.transform, THUMBNAIL_PX, Unit(job.spec["options"]["unitless"]))
        insert_thumbnail(connection, job.principal_id, key, staged=picture, now=now)
    return {"mesh_id": mesh.id}


def _keep_artifact(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make the artifact visible where its source came from, and say what it lacks."""
    place = _placed(connection, job, job.spec["export"], results.files["artifact"], job.spec["options"]["format"], now)
    lost = results.facts.get("lost")
    return place | ({"lost": lost} if lost else {})


def _keep_tree(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:  # noqa: ARG001 every kind's form
    """Make the files of a tree visible together."""
    insert_artifact(connection, job.id, results.files)
    return results.facts


def _keep_pages(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make the sheets of a drawing visible beside it: they have rows of their own, the job says how many they are."""
    sheets, pdf = results.facts["sheets"], results.files.get("drawing.pdf")
    keep_pages(connection, job.spec["version"]["id"], sheets, pdf, now=now)
    return {"num_sheets": len(sheets), "lost": results.facts["lost"]}


def _keep_visual(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Make the visual visible, and give it to its mesh."""
    mesh = find_mesh(connection, job.spec["mesh"]["id"], principal_id=job.principal_id)
    place = _placed(connection, job, job.spec["export"], results.files["artifact"], VISUAL_FORMAT, now)
    set_visual(connection, mesh, place)
    return {"mesh_id": mesh.id} | place


def _keep_analysis(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:  # noqa: ARG001 every kind's form
    """Note the analysis at its mesh."""
    mesh_id = job.spec["mesh"]["id"]
    set_analysis(connection, mesh_id, results.files["analysis"].digest)
    return {"mesh_id": mesh_id}


def _keep_thumbnail(connection: sa.Connection, job: Job, results: Results, now: int) -> dict[str, Any]:
    """Keep the picture under its key."""
    key = job.spec["key"]
    insert_thumbnail(connection, job.principal_id, key, staged=results.files["thumbnail"], now=now)
    return {"mesh_id": job.spec["mesh"]["id"], "thumbnail": key}


def _placed(
    connection: sa.Connection, job: Job, export: dict[str, Any], staged: Staged, form: str, now: int
) -> dict[str, str]:
    """Put an artifact where its source came from: an object in the principal's bucket, or a file."""
    writer = WRITERS[form]
    if Door(export["door"]) is Door.OSS:
        bucket = ensure_result_bucket(connection, job.principal_id, now)
        name = export["id"] + writer.suffix
        insert_object(connection, bucket_key=bucket, name=name, staged=staged, content_type=writer.media_type, now=now)
        return {"bucket": bucket, "name": name}
    insert_file(
        connection,
        file_id=export["id"],
        principal_id=job.principal_id,
        name=export["name"] + writer.suffix,
        staged=staged,
        content_type=writer.media_type,
        now=now,
    )
    return {"file": export["id"]}
