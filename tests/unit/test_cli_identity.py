"""`outfeed user`, `outfeed app` and `outfeed token`."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from identities import an_identity_on, new_database_with_a_key
from outfeed.cli import app as app_commands
from outfeed.cli import token as token_commands
from outfeed.cli import user as user_commands
from outfeed.cli.endings import Commands
from outfeed.clock import now_ms
from outfeed.errors import ClientUnknown
from outfeed.identity.caller import Caller
from outfeed.identity.principals import LOCAL_USER
from outfeed.identity.service import MAX_TTL_S, Identity

commands = typer.Typer(cls=Commands)
commands.add_typer(user_commands.app, name="user")
commands.add_typer(app_commands.app, name="app")
commands.add_typer(token_commands.app, name="token")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a database and a ready-made key."""
    (tmp_path / "outfeed.sqlite").write_bytes(new_database_with_a_key())
    return tmp_path


def run(*words: str, data: Path) -> Result:
    return CliRunner().invoke(commands, [*words, "--data", str(data)])


def printed(*words: str, data: Path) -> Any:
    """Return what a command prints as one line of JSON."""
    result = run(*words, "--json", data=data)
    assert (0, "", 1) == (result.exit_code, result.stderr, result.stdout.count("\n"))
    return json.loads(result.stdout)


def a_server(data: Path) -> Identity:
    """Return the identity of a server on the same folder, on the wall clock as the commands are."""
    return an_identity_on(data, now_ms)


def caller_with(data: Path, token: str) -> Caller:
    return a_server(data).caller(f"Bearer {token}", client_host="127.0.0.1")


def test_a_new_user_is_printed_and_listed(data: Path) -> None:
    user = printed("user", "create", "Ann@Example.org", data=data)

    listed = printed("user", "list", data=data)

    assert {"id": user["id"], "email": "ann@example.org"} == user
    assert {LOCAL_USER, "ann@example.org"} == {row["email"] for row in listed}
    assert [{"id", "email", "created_at"}] * 2 == [set(row) for row in listed]


def test_a_new_apps_credentials_sign_in_at_a_running_server(data: Path) -> None:
    server = a_server(data)
    printed("user", "create", "ann@example.org", data=data)

    made = printed("app", "create", "Robot", "--owner", "ann@example.org", data=data)

    app = server.client(made["client_id"], made["client_secret"], client_host="127.0.0.1")
    assert ["client_id", "client_secret", "name", "owner"] == list(made)
    assert (made["client_id"], "Robot", "ann@example.org") == (app.id, app.name, app.owner_email)


def test_a_secret_is_shown_once(data: Path) -> None:
    made = printed("app", "create", "Robot", data=data)

    listed = printed("app", "list", data=data)

    assert [{"client_id", "name", "owner", "created_at"}] * 2 == [set(row) for row in listed]
    assert {"cli", made["client_id"]} == {row["client_id"] for row in listed}
    assert made["client_secret"] not in json.dumps(listed)


def test_a_deleted_app_no_longer_signs_in(data: Path) -> None:
    made = printed("app", "create", "Robot", data=data)

    deleted = printed("app", "delete", made["client_id"], data=data)

    assert {"client_id": made["client_id"], "deleted": True} == deleted
    with pytest.raises(ClientUnknown):
        a_server(data).client(made["client_id"], made["client_secret"], client_host="127.0.0.1")


def test_a_token_is_printed_alone_and_makes_its_user(data: Path) -> None:
    result = run("token", "create", "--user", "Bob@example.org", "--scopes", "data:read bucket:read", data=data)

    bob = next(row for row in printed("user", "list", data=data) if row["email"] == "bob@example.org")
    expected = Caller(principal_id=bob["id"], app_id="cli", scopes=frozenset({"data:read", "bucket:read"}))
    assert (0, "", 1) == (result.exit_code, result.stderr, len(result.stdout.split()))
    assert expected == caller_with(data, result.stdout.strip())


def test_a_token_reads_and_writes_data_unless_told_otherwise(data: Path) -> None:
    result = run("token", "create", "--user", "bob@example.org", data=data)

    assert frozenset({"data:read", "data:write"}) == caller_with(data, result.stdout.strip()).scopes


@pytest.mark.parametrize("ttl", ["1", str(MAX_TTL_S)])
def test_a_tokens_life_can_be_chosen(data: Path, ttl: str) -> None:
    result = run("token", "create", "--user", "bob@example.org", "--ttl", ttl, data=data)

    claims = a_server(data)._tokens.verify(result.stdout.strip())
    assert 0 <= claims.expires_at_s - now_ms() / 1000 <= int(ttl) + 1


def test_the_longest_life_is_the_same_on_the_command_line() -> None:
    assert MAX_TTL_S == token_commands.LONGEST_S


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("user", "create", "nobody"), "A field has a value of the wrong type or form. That is no email address.\n"),
        (("app", "create", "Robot", "--owner", "x@y"), "No user has the email x@y: create the user first.\n"),
        (("app", "create", " "), "A name has 1 to 256 printable characters.\n"),
        (("app", "delete", "cli"), "The command line needs this app.\n"),
        (("app", "delete", "nobody"), "No app has the client id nobody.\n"),
        (("token", "create", "--user", "a@b", "--scopes", "all"), "Unknown: all.\n"),
        (("user", "create", LOCAL_USER), "local@localhost is a user already.\n"),
    ],
)
def test_what_is_refused_ends_with_one_and_a_sentence_on_stderr(
    data: Path, words: tuple[str, ...], sentence: str
) -> None:
    result = run(*words, data=data)

    assert (1, "", True) == (result.exit_code, result.stdout, result.stderr.endswith(sentence))


@pytest.mark.parametrize(
    "words",
    [
        ("user", "create"),
        ("token", "create"),
        ("token", "create", "--user", "a@b", "--ttl", "0"),
        ("token", "create", "--user", "a@b", "--ttl", str(MAX_TTL_S + 1)),
    ],
)
def test_wrong_usage_ends_with_two(data: Path, words: tuple[str, ...]) -> None:
    assert 2 == run(*words, data=data).exit_code


def test_people_get_lines_and_programs_get_json(data: Path) -> None:
    made = json.loads(run("app", "create", "Robot", data=data).stdout)

    lines = run("app", "list", data=data).stdout.splitlines()
    users = run("user", "list", data=data).stdout.splitlines()

    assert [("cli", "line"), (made["client_id"], "Robot")] == [(line.split()[0], line.split()[-1]) for line in lines]
    assert [LOCAL_USER] == [line.split()[-1] for line in users]


def test_the_first_command_makes_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"

    result = run("token", "create", "--user", "ann@example.org", data=folder)

    assert "cli" == caller_with(folder, result.stdout.strip()).app_id
    assert 0o700 == folder.stat().st_mode & 0o777
