"""`outfeed model add`, and who sees what it has added: holders of keys, members."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from identities import new_database_with_a_key
from outfeed.blobs.store import FileBlobs
from outfeed.cli import model as model_commands
from outfeed.cli import project as project_commands
from outfeed.cli import share as share_commands
from outfeed.cli.endings import Commands
from outfeed.cli.operator import print_rows
from outfeed.clock import now_ms
from outfeed.database import open_database
from outfeed.errors import NotFound, Unauthenticated
from outfeed.identity.service import Identity
from outfeed.library.models import Models
from outfeed.library.shares import SharedModel, Shares
from outfeed.settings import Settings
from unit.mesh_helpers import a_cube, written

commands = typer.Typer(cls=Commands)
commands.add_typer(model_commands.app, name="model")
commands.add_typer(share_commands.app, name="share")
commands.add_typer(project_commands.app, name="project")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with nothing but a ready-made key."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "outfeed.sqlite").write_bytes(new_database_with_a_key())
    return tmp_path / "data"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Return a file with a cube."""
    path = tmp_path / "part.stl"
    path.write_bytes(written(a_cube(), "stl_binary"))
    return path


def run(*words: str | Path, data: Path) -> Result:
    return CliRunner().invoke(commands, [*map(str, words), "--data", str(data)])


def printed(*words: str | Path, data: Path) -> Any:
    """Return what a command prints as one line of JSON."""
    result = run(*words, "--json", data=data)
    assert (0, "", 1) == (result.exit_code, result.stderr, result.stdout.count("\n"))
    return json.loads(result.stdout)


def test_a_file_becomes_a_model_of_a_project(data: Path, part: Path) -> None:
    """Whoever is named sees it, with the file's name as the model's."""
    added = printed("model", "add", part, "--project", "Bridges", "--user", "ann@example.org", data=data)

    database = open_database(data)
    models = Models(database, now_ms, FileBlobs(data))
    ann = Identity(database, Settings(data=data)).operator_as("ann@example.org")
    assert ["project", "model", "version", "changeset", "format"] == list(added)
    assert ("part", added["project"]) == (
        models.get(ann, added["model"]).name,
        models.get(ann, added["model"]).project_id,
    )
    version = models.version_by_id(added["version"])
    assert (added["changeset"], added["format"]) == (version.changeset_id, "stl")
    assert part.read_bytes() == b"".join(FileBlobs(data).read(version.blob))


def test_other_bytes_are_the_next_version_and_the_same_ones_are_not(data: Path, part: Path, tmp_path: Path) -> None:
    first = printed("model", "add", part, data=data)
    other = tmp_path / "other.obj"
    other.write_bytes(written(a_cube(), "obj"))

    again = printed("model", "add", part, data=data)
    second = printed("model", "add", other, "--name", "part", data=data)

    assert first == again
    assert (first["project"], first["model"]) == (second["project"], second["model"])
    assert first["version"] != second["version"]


def test_a_file_that_nobody_reads_is_kept_with_a_warning(data: Path, tmp_path: Path) -> None:
    strange = tmp_path / "notes.docx"
    strange.write_bytes(b"not a model")

    result = run("model", "add", strange, "--json", data=data)

    assert (0, None) == (result.exit_code, json.loads(result.stdout)["format"])
    assert "Nothing here reads this file: exports of it will fail.\n" == result.stderr


def test_a_key_opens_its_model_and_is_shown_once(data: Path, part: Path) -> None:
    model = printed("model", "add", part, data=data)["model"]

    made = printed("share", "create", model, data=data)

    listed = printed("share", "list", data=data)
    assert ["id", "model", "created_at", "expires_at", "key"] == list(made)
    assert (model, None) == (made["model"], made["expires_at"])
    assert SharedModel(model_id=model) == opened(data, made["key"])
    assert [{name: value for name, value in made.items() if name != "key"}] == listed


def opened(data: Path, key: str) -> SharedModel:
    return Shares(open_database(data), now_ms).open(key)


def test_a_keys_life_can_be_chosen(data: Path, part: Path) -> None:
    model = printed("model", "add", part, data=data)["model"]

    made = printed("share", "create", model, "--ttl", "3600", data=data)

    assert made["expires_at"] > made["created_at"]
    assert f"{model}  until {made['expires_at']}\n" in run("share", "list", data=data).stdout


def test_a_deleted_key_opens_nothing(data: Path, part: Path) -> None:
    made = printed("share", "create", printed("model", "add", part, data=data)["model"], data=data)

    assert {"id": made["id"], "deleted": True} == printed("share", "delete", made["id"], data=data)

    with pytest.raises(Unauthenticated):
        opened(data, made["key"])


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        (1, ("share", "create", "tunnel"), "tunnel"),
        (1, ("share", "delete", "none"), "none"),
        (2, ("model", "add", "nowhere.ifc"), "nowhere.ifc"),
    ],
)
def test_what_is_not_there_is_refused(data: Path, code: int, words: tuple[str, ...], sentence: str) -> None:
    result = run(*words, data=data)

    assert (code, "", True) == (result.exit_code, result.stdout, sentence in result.stderr)


def test_models_are_listed_with_their_newest_versions(data: Path, part: Path, tmp_path: Path) -> None:
    other = tmp_path / "part.txt"
    other.write_text("nothing that is read")
    first = printed("model", "add", part, "--name", "Gear", data=data)
    run("model", "add", other, "--name", "Notes", data=data)
    (tmp_path / "new.stl").write_bytes(written(a_cube(size=2.0), "stl_binary"))
    second = printed("model", "add", tmp_path / "new.stl", "--name", "Gear", data=data)

    rows = printed("model", "list", data=data)

    assert [("Gear", 1, "stl"), ("Notes", 0, None)] == [(row["name"], row["index"], row["format"]) for row in rows]
    assert (first["model"], second["changeset"]) == (rows[0]["id"], rows[0]["changeset"])
    assert "not readable" in run("model", "list", data=data).stdout


# --- Who sees it ------------------------------------------------------------------------------------------------------


def sees(email: str, model: str, data: Path) -> bool:
    """Tell whether a user sees a model."""
    database = open_database(data)
    caller = Identity(database, Settings(data=data)).operator_as(email)
    try:
        Models(database, now_ms, FileBlobs(data)).get(caller, model)
    except NotFound:
        return False
    return True


def test_a_member_sees_the_models_of_a_project_until_removed(data: Path, part: Path) -> None:
    ids = printed("model", "add", part, "--user", "ann@example.com", data=data)
    before = sees("ben@example.com", ids["model"], data)

    printed("project", "add-member", ids["project"], "Ben@example.com", data=data)
    during = sees("ben@example.com", ids["model"], data)
    printed("project", "remove-member", ids["project"], "ben@example.com", data=data)

    assert (False, True, False) == (before, during, sees("ben@example.com", ids["model"], data))


def test_an_app_can_be_a_member(data: Path, part: Path) -> None:
    project = printed("model", "add", part, data=data)["project"]
    app = Identity(open_database(data), Settings(data=data)).create_app("viewer").app

    told = printed("project", "add-member", project, app.id, "--owner", data=data)

    assert {"project": project, "member": app.id, "role": "owner"} == told
    assert [project] == [row["id"] for row in printed("project", "list", data=data)]


@pytest.mark.parametrize("words", [("remove-member",), ("add-member",)])
def test_a_project_keeps_an_owner(data: Path, part: Path, words: tuple[str, ...]) -> None:
    """The last one is neither removed nor made a plain member."""
    ids = printed("model", "add", part, "--user", "ann@example.com", data=data)

    result = run("project", *words, ids["project"], "ann@example.com", data=data)

    assert (1, True) == (result.exit_code, "owner" in result.stderr)
    assert sees("ann@example.com", ids["model"], data)


@pytest.mark.parametrize("words", [("add-member", "p", "x@example.com"), ("remove-member", "p", "x@example.com")])
def test_a_project_that_is_not_there_is_said(data: Path, words: tuple[str, ...]) -> None:
    result = run("project", *words, data=data)

    assert (1, True) == (result.exit_code, "nothing here" in result.stderr)


def test_a_list_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names come from whoever may use the server."""
    print_rows([{"name": "Bridge\x1b[2J\r\u202eé"}], lambda row: f"{row['name']}  ", as_json=False)

    assert "Bridge\ufffd[2J\ufffd\ufffdé\n" == capsys.readouterr().out
