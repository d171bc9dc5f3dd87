"""Commands that could not do their work: a sentence and 1, and no trace but for what nobody foresaw."""

import errno
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from typer.testing import CliRunner, Result

from identities import new_database_with_a_key
from outfeed import __version__
from outfeed.cli.endings import Commands
from outfeed.cli.main import app
from outfeed.commits import CommitLost, NoTurn

BUSY = "Another program holds the database, and did for as long as was waited. Try again later.\n"

#: Takes the write lock of a database, says so, and holds it until its input ends.
HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with a database and a ready-made key."""
    (tmp_path / "outfeed.sqlite").write_bytes(new_database_with_a_key())
    return tmp_path


def run(*words: str, data: Path) -> Result:
    return CliRunner().invoke(app, [*words, "--data", str(data)])


def told(result: Result) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    return result.exit_code, result.stdout, result.stderr


@contextmanager
def every_connection(pragma: str) -> Iterator[None]:
    """Have all connections of the process told something when they are taken."""

    def tell(raw: Any, *_: Any) -> None:
        raw.execute(f"PRAGMA {pragma}").close()

    sa.event.listen(sa.pool.Pool, "checkout", tell)
    try:
        yield
    finally:
        sa.event.remove(sa.pool.Pool, "checkout", tell)


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Have another process hold the write lock, and nobody wait for it."""
    command = [sys.executable, "-c", HOLDER, str(data / "outfeed.sqlite")]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder,
        every_connection("busy_timeout=0"),
    ):
        assert holder.stdout
        assert "held\n" == holder.stdout.readline()
        yield
        holder.communicate()


def test_a_command_that_finds_the_database_held_says_so(data: Path) -> None:
    a_file = data / "cube.obj"
    a_file.write_text("v 0 0 0\n")
    run("user", "list", data=data)
    with held(data):
        answers = [
            told(run(*words, data=data))
            for words in (
                ("user", "create", "ann@example.com"),
                ("app", "create", "drawings"),
                ("token", "create", "--user", "ann@example.com"),
                ("project", "create", "house"),
                ("model", "add", str(a_file)),
                ("model", "add", str(a_file), "--folder", "Plans"),
            )
        ]
        listed = run("user", "list", data=data)

    assert [(1, "", BUSY)] * 6 == answers
    assert (0, "") == (listed.exit_code, listed.stderr)
    assert 0 == run("user", "create", "ann@example.com", data=data).exit_code


def test_a_command_whose_disk_is_full_says_so(data: Path) -> None:
    """Where the database may not grow: here each user takes a hundred pages more."""
    run("user", "list", data=data)
    with closing(sqlite3.connect(data / "outfeed.sqlite")) as database:
        database.execute("CREATE TABLE ballast (bytes BLOB)")
        database.execute(
            "CREATE TRIGGER heavy AFTER INSERT ON principals BEGIN INSERT INTO ballast VALUES (zeroblob(400000)); END"
        )
    with every_connection("max_page_count=1"):
        refused = run("user", "create", "ann@example.com", data=data)

    assert (1, "", "The disk is full.\n") == told(refused)


def test_a_database_that_is_none_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "outfeed.sqlite").write_bytes(b"nonsense" * 1000)

    assert (1, "", "The database cannot be used: file is not a database.\n") == told(run("user", "list", data=tmp_path))


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    answer = told(run("user", "list", data=tmp_path / "data"))

    assert (1, "", f"{tmp_path / 'data'}: File exists.\n") == answer


def commands_that_raise(error: BaseException) -> typer.Typer:
    made = typer.Typer(cls=Commands)

    @made.callback()
    def nothing() -> None:
        """Have the commands below be commands of a group."""

    @made.command()
    def work() -> None:
        raise error

    return made


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoTurn(), BUSY),
        (CommitLost(), BUSY),
        (sa.exc.TimeoutError(), BUSY),
        (OSError(errno.ENOSPC, "No space left on device", "a.obj"), "The disk is full.\n"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk is full.\n"),
        (PermissionError(errno.EACCES, "Permission denied", "a.obj"), "a.obj: Permission denied.\n"),
    ],
)
def test_what_a_machine_is_to_blame_for_is_a_sentence(error: Exception, sentence: str) -> None:
    assert (1, "", sentence) == told(CliRunner().invoke(commands_that_raise(error), ["work"]))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("ours"),
        TimeoutError(),
        BrokenPipeError(errno.EAGAIN, "not of a file"),
        sa.exc.InvalidRequestError("ours"),
        sa.exc.IntegrityError("", {}, sqlite3.IntegrityError()),
    ],
)
def test_what_nobody_foresaw_keeps_its_trace(error: Exception) -> None:
    assert CliRunner().invoke(commands_that_raise(error), ["work"]).exception is error


def test_the_version_names_the_parts_that_differ_from_machine_to_machine() -> None:
    result = CliRunner().invoke(app, ["--version"])
    lines = [
        rf"outfeed {re.escape(__version__)}",
        rf"Python {sys.version_info.major}\.{sys.version_info.minor}\.\d+\S* on \S+",
        re.escape(f"SQLite {sqlite3.sqlite_version}"),
        r"kernels _kernels\.\S+, SHA-256 [0-9a-f]{12}",
    ]

    assert 0 == result.exit_code
    assert re.fullmatch("\n".join(lines) + "\n", result.stdout)
