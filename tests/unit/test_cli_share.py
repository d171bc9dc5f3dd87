"""`outfeed share`."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from outfeed.cli import share as share_commands
from outfeed.clock import now_ms
from outfeed.database import open_database, writing
from outfeed.errors import Unauthenticated
from outfeed.library.shares import SharedModel, Shares
from outfeed.migrations import migrate
from outfeed.schema import models, principals, projects

commands = typer.Typer()
commands.add_typer(share_commands.app, name="share")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a model called bridge."""
    engine = open_database(tmp_path)
    migrate(engine)
    by = {"created_by": "ann", "created_at": 0, "modified_at": 0}
    about = {"number": "7", "class_name": "Endeavor", "sub_class": "Project", "status": "Active", "details": {}}
    with writing(engine) as connection:
        connection.execute(principals.insert().values(id="ann", kind="user", name="Ann", created_at=0))
        connection.execute(projects.insert().values(id="river", name="River", modified_by="ann", **about, **by))
        connection.execute(models.insert().values(id="bridge", project_id="river", name="Bridge", state="ready", **by))
    return tmp_path


def run(*words: str, data: Path) -> Result:
    return CliRunner().invoke(commands, ["share", *words, "--data", str(data)])


def printed(*words: str, data: Path) -> Any:
    """Return what a command prints as one line of JSON."""
    result = run(*words, "--json", data=data)
    assert (0, "", 1) == (result.exit_code, result.stderr, result.stdout.count("\n"))
    return json.loads(result.stdout)


def opened(data: Path, key: str) -> SharedModel:
    return Shares(open_database(data), now_ms).open(key)


def test_a_key_opens_its_model_and_is_shown_once(data: Path) -> None:
    made = printed("create", "bridge", data=data)

    listed = printed("list", data=data)

    assert ["id", "model", "created_at", "expires_at", "key"] == list(made)
    assert ("bridge", None) == (made["model"], made["expires_at"])
    assert SharedModel(model_id="bridge") == opened(data, made["key"])
    assert [{name: value for name, value in made.items() if name != "key"}] == listed


def test_a_keys_life_can_be_chosen(data: Path) -> None:
    made = printed("create", "bridge", "--ttl", "3600", data=data)

    assert made["expires_at"] > made["created_at"]
    assert f"bridge  until {made['expires_at']}\n" in run("list", data=data).stdout


def test_a_deleted_key_opens_nothing(data: Path) -> None:
    made = printed("create", "bridge", data=data)

    assert {"id": made["id"], "deleted": True} == printed("delete", made["id"], data=data)

    with pytest.raises(Unauthenticated):
        opened(data, made["key"])


@pytest.mark.parametrize("words", [("create", "tunnel"), ("delete", "none")])
def test_what_is_not_there_is_refused(data: Path, words: tuple[str, str]) -> None:
    result = run(*words, data=data)

    assert (1, "", True) == (result.exit_code, result.stdout, words[1] in result.stderr)
