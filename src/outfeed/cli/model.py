"""`outfeed model`: models that a server shows and exports."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outfeed.cli.operator import Row, database_of, print_record, print_rows
from outfeed.cli.options import Data, Json

if TYPE_CHECKING:
    from outfeed.blobs.store import Blobs, Staged

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add_model(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    project: Annotated[str, typer.Option(metavar="NAME", help="Its project; made if new.")] = "Models",
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The model; default: the file's name.")] = None,
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Whose it is; default: the local user's.")] = None,
    folder: Annotated[
        str | None, typer.Option(metavar="PATH", help="As Plans or Project Files/Old; folders are made if new.")
    ] = None,
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """
    Add a file as the newest version of a model: of a new one, or of the one that has the name. Prints its ids.

    With a folder, the model is called by the file's whole name; a drawing in Plans becomes sheets once the server runs.
    """
    if folder is not None:
        _add_to_folder(file, folder, project=project, name=name or file.name, user=user, data=data, json=json_output)
        return
    from outfeed.blobs.store import FileBlobs
    from outfeed.clock import now_ms
    from outfeed.identity.principals import LOCAL_USER
    from outfeed.identity.service import Identity
    from outfeed.library.models import Models

    with database_of(data) as (database, settings):
        caller = Identity(database, settings).operator_as(user or LOCAL_USER)
        blobs = FileBlobs(settings.data)
        staged = _staged(blobs, file)
        in_project, model, version = Models(database, now_ms, blobs).add_version(
            caller, project=project, model=name or file.stem, file=staged, file_name=file.name
        )
    if not version.format:
        typer.echo("Nothing here reads this file: exports of it will fail.", err=True)
    ids = {"project": in_project.id, "model": model.id, "version": version.id, "changeset": version.changeset_id}
    print_record(ids | {"format": version.format or None}, on_one_line=json_output)


@app.command("list")
def list_models(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List models with their newest versions, oldest first."""
    from outfeed.blobs.store import FileBlobs
    from outfeed.clock import now_ms
    from outfeed.library.models import Models

    with database_of(data) as (database, settings):
        found = Models(database, now_ms, FileBlobs(settings.data)).all()
    rows = [
        {
            "id": model.id,
            "project": model.project_id,
            "name": model.name,
            "index": version.index if version else None,
            "changeset": version.changeset_id if version else None,
            "format": (version.format or None) if version else None,
        }
        for model, version in found
    ]
    print_rows(rows, _line, as_json=json_output)


def _add_to_folder(
    file: Path, folder: str, *, project: str, name: str, user: str | None, data: Path | None, json: bool
) -> None:
    """Put a file into a folder of a project."""
    from outfeed.cli.folders import put_file
    from outfeed.clock import now_ms
    from outfeed.identity.principals import LOCAL_USER
    from outfeed.services import Services

    with database_of(data) as (_, settings):
        parts = Services.build(settings, clock=now_ms)
        try:
            caller = parts.identity.operator_as(user or LOCAL_USER)
            staged = _staged(parts.blobs, file)
            parts.blobs.publish(staged)
            item = put_file(parts, caller, staged, path=(project, *folder.strip("/").split("/")), name=name)
        finally:
            parts.close()
    version = item.version
    ids = {"project": item.model.project_id, "model": item.model.id, "version": version.id}
    print_record(ids | {"changeset": version.changeset_id, "format": version.format or None}, on_one_line=json)


def _line(row: Row) -> str:
    state = "no version" if row["index"] is None else f"version {row['index']}, {row['format'] or 'not readable'}"
    return f"{row['id']}  {row['name']}  {state}"


def _staged(blobs: "Blobs", path: Path) -> "Staged":
    """Copy a file to where the blobs are."""
    from outfeed.blobs.staging import CHUNK_BYTES

    with path.open("rb") as file, blobs.stage() as stage:
        while chunk := file.read(CHUNK_BYTES):
            stage.write(chunk)
        return stage.finish()
