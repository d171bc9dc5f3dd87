"""`outfeed project create`, and `outfeed model add --folder`: files in folders, drawings among them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from outfeed.cli import model as model_commands
from outfeed.cli import project as project_commands
from outfeed.cli.endings import Commands
from outfeed.clock import now_ms
from outfeed.jobs.states import State
from outfeed.services import Services
from outfeed.settings import Settings
from unit.parts import new_database

commands = typer.Typer(cls=Commands)
commands.add_typer(model_commands.app, name="model")
commands.add_typer(project_commands.app, name="project")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Services]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "outfeed.sqlite").write_bytes(new_database())
    services = Services.build(Settings(data=data), clock=now_ms)
    yield services
    services.close()


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "set.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    return path


def run(parts: Services, *words: str | Path) -> Result:
    return CliRunner().invoke(commands, [*map(str, words), "--json", "--data", str(parts.settings.data)])


def printed(parts: Services, *words: str | Path) -> Any:
    result = run(parts, *words)
    assert (0, "") == (result.exit_code, result.stderr)
    return json.loads(result.stdout)


@pytest.mark.parametrize("platform", ["bim360", "acc"])
def test_a_project_is_made_for_its_owner(parts: Services, platform: str) -> None:
    made = printed(parts, "project", "create", "Tower", "--platform", platform, "--owner", "ann@example.org")

    ann = parts.identity.operator_as("ann@example.org")
    project = parts.projects.get(ann, made["project"])
    assert ("Tower", {"platform": platform}) == (project.name, project.details)
    assert ["Plans", "Project Files"] == [folder.name for folder in parts.folders.top(ann, project.id)]


def test_a_project_has_one_of_the_platforms_and_a_name_of_its_own(parts: Services) -> None:
    printed(parts, "project", "create", "Tower")

    assert [1, 2] == [
        run(parts, "project", "create", "Tower").exit_code,
        run(parts, "project", "create", "Spire", "--platform", "cloud").exit_code,
    ]


def test_a_drawing_among_the_plans_waits_to_be_read(parts: Services, drawing: Path) -> None:
    where = ("--project", "Tower", "--folder", "plans/Floors/Old", "--user", "ann@example.org")
    added = printed(parts, "model", "add", drawing, *where)

    ann = parts.identity.operator_as("ann@example.org")
    item = parts.items.get(ann, added["project"], added["model"])
    path = parts.folders.path(ann, added["project"], item.model.folder_id)
    assert ["Plans", "Floors", "Old"] == [folder.name for folder in path[1:]]
    assert ("set.pdf", State.QUEUED, added["version"]) == (item.model.name, item.reading, item.version.id)


def test_the_same_bytes_are_the_same_version_and_others_the_next_one(parts: Services, drawing: Path) -> None:
    where = ("--project", "Tower", "--folder", "Project Files", "--name", "a.pdf")
    first, again = (printed(parts, "model", "add", drawing, *where) for _ in range(2))
    drawing.write_bytes(b"%PDF-1.6\n")

    second = printed(parts, "model", "add", drawing, *where)

    assert first == again
    assert first["model"] == second["model"]
    assert first["version"] != second["version"]


@pytest.mark.parametrize("folder", ["Other", "", "Plans/a?b"])
def test_a_folder_that_cannot_be_is_refused(parts: Services, drawing: Path, folder: str) -> None:
    result = run(parts, "model", "add", drawing, "--folder", folder)

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr
