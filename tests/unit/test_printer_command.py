"""`outfeed printer simulate`: what it refuses before it calls anybody."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from outfeed.cli.main import app


@pytest.mark.parametrize(
    "arguments",
    [
        ["--server", "ftp://server"],
        ["--server", "server:8080"],
        ["--count", "0"],
        ["--fault", "unknown"],
        ["--transport", "callback-polling"],
        ["--layers", "0"],
        ["--speed", "0"],
        ["--prints", "0"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert 2 == CliRunner().invoke(app, ["printer", "simulate", *arguments]).exit_code


def test_a_folder_with_something_else_for_a_state_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "printer-1.json").write_text("{}")

    result = CliRunner().invoke(app, ["printer", "simulate", "--state", str(tmp_path)])

    assert 2 == result.exit_code
    assert "no state of a simulated printer" in " ".join(result.output.replace("│", " ").split())
