"""`outfeed project`: who sees which projects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outfeed.cli.operator import database_of, iso_time, print_record, print_rows
from outfeed.cli.options import Data, Json

if TYPE_CHECKING:
    from outfeed.identity.service import Identity
    from outfeed.library.projects import Projects

app = typer.Typer(no_args_is_help=True)

Project = Annotated[str, typer.Argument(metavar="PROJECT")]
Who = Annotated[str, typer.Argument(metavar="EMAIL-OR-CLIENT-ID")]


@app.command("create")
def create_project(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    platform: Annotated[
        str, typer.Option(metavar="PLATFORM", help="Which of Autodesk's it stands in for: bim360 or acc.")
    ] = "bim360",
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Default: the local user.")] = None,
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make a project with folders for drawings, Plans, and for other files. Its owner is made if new."""
    from outfeed.identity.principals import LOCAL_USER
    from outfeed.library.projects import PLATFORM, Platform

    if platform not in set(Platform):
        raise typer.BadParameter(f"one of: {', '.join(Platform)}", param_hint="--platform")
    with _parts_of(data) as (projects, identity):
        caller = identity.operator_as(owner or LOCAL_USER)
        made = projects.create(caller, name, details={PLATFORM: platform})
    record = {"project": made.id, "name": made.name, "platform": platform, "owner": owner or LOCAL_USER}
    print_record(record, on_one_line=json_output)


@app.command("list")
def list_projects(
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """List projects, oldest first."""
    with _parts_of(data) as (projects, _):
        found = projects.all()
    rows = [{"id": one.id, "name": one.name, "created_at": iso_time(one.created_at)} for one in found]
    print_rows(rows, lambda row: f"{row['id']}  {row['created_at']}  {row['name']}", as_json=json_output)


@app.command("add-member")
def add_member(
    project: Project,
    who: Who,
    owner: Annotated[bool, typer.Option("--owner", help="Who may also change and delete it.")] = False,  # noqa: FBT002 - a flag of the command line
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Let a user, who is made if new, or an app see a project, by its id, with all its models."""
    from outfeed.library.projects import Role

    role = Role.OWNER if owner else Role.MEMBER
    with _parts_of(data) as (projects, identity):
        projects.add_member(project, identity.principal_of(who), role=role)
    print_record({"project": project, "member": who, "role": role.value}, on_one_line=json_output)


@app.command("remove-member")
def remove_member(
    project: Project,
    who: Who,
    data: Data = None,
    json_output: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Let a user or an app no longer see a project. Links that they have opened work until they expire."""
    with _parts_of(data) as (projects, identity):
        projects.remove_member(project, identity.principal_of(who))
    print_record({"project": project, "member": who, "removed": True}, on_one_line=json_output)


@contextmanager
def _parts_of(data: Path | None) -> Iterator[tuple["Projects", "Identity"]]:
    """Open the projects and the identity of a data folder."""
    from outfeed.clock import now_ms
    from outfeed.identity.service import Identity
    from outfeed.library.projects import Projects

    with database_of(data) as (database, settings):
        yield Projects(database, now_ms), Identity(database, settings)
