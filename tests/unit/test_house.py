"""Rules of the house that no linter knows."""

import io
import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = {"setup", "demo", "serve", "unit", "test", "lint", "types", "docs", "bench", "fuzz", "soak"}

#: Written in halves, so that this file does not name what it looks for.
REGISTRIES = ("pyp" + "i.org", "pythonho" + "sted.org", "npmj" + "s.org", "npmj" + "s.com", "yarnp" + "kg.com")
MIRRORS = ("debi" + "an.org", "ubun" + "tu.com", "anacon" + "da.org", "crat" + "es.io", "proxy.gol" + "ang.org")
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:ho" + r"me|wo" + r"rk|Us" + r"ers|ro" + r"ot|mn" + r"t)/[\w.-]+")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|^#\s*lat" + r"er\b")
SUPPRESSION = re.compile(r"no" + r"qa|type:\s*ignore")
#: A code and a reason: `CODE - reason`, or `type: ignore[code]  # reason`.
EXPLAINED = re.compile(r"(?:no" + r"qa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\s*(?:#|-+)?\s*\w+.{2,}")


def our_files() -> list[Path]:
    """Return the files of the repository, those that wait for their first commit among them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@cache
def texts() -> list[tuple[Path, str]]:
    """Return our files and what is in them."""
    return [(path, path.read_text(encoding="utf-8", errors="replace")) for path in our_files()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Return the place of each line of our files in which the pattern is found."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def comments_with(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """Return place and text of each comment in our Python files in which something is found."""
    return [
        (f"{path.relative_to(ROOT)}:{token.start[0]}", token.string)
        for path, text in texts()
        if path.suffix in {".py", ".pyi"} and pattern.search(text)
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and pattern.search(token.string)
    ]


@pytest.mark.parametrize("host", [*REGISTRIES, *MIRRORS])
def test_no_file_names_a_package_registry(host: str) -> None:
    """Who installs decides where packages come from."""
    assert lines_with(re.compile(re.escape(host))) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATH) == []
    assert lines_with(re.compile(re.escape(str(ROOT)))) == []


@pytest.mark.parametrize("pins", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_requirements_are_pinned_by_hash_and_name_no_index(pins: Path) -> None:
    text = pins.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    pinned = re.compile(r"[a-z0-9._\[\],-]+==\S+( ; .*?)?( +--hash=sha256:[0-9a-f]{64})+", re.IGNORECASE)

    assert [line for line in lines if not pinned.fullmatch(re.sub(r" +", " ", line).strip())] == []


def test_every_list_of_requirements_has_its_pins() -> None:
    folder = ROOT / "requirements"

    assert {path.stem for path in folder.glob("*.in")} == {path.stem for path in folder.glob("*.txt")}


def test_every_suppression_has_its_code_and_a_reason() -> None:
    bare = [place for place, text in comments_with(SUPPRESSION) if not EXPLAINED.search(text)]

    assert bare == []


def test_no_comment_puts_work_off() -> None:
    assert comments_with(UNFINISHED) == []


def test_make_has_the_targets_that_operators_know() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert {line.split()[0] for line in listed.stdout.splitlines()} >= TARGETS


def test_the_build_server_runs_the_tests_and_nothing_that_make_does_not() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]

    assert "make test" in commands
    assert [command for command in commands if not command.startswith("make ")] == []


def test_the_licence_is_in_the_package() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")
