"""What the server says of itself on stderr."""

import subprocess
import sys

import pytest

CODE = """
import sys
sys.stderr.isatty = lambda: {at_terminal}
import structlog
from outfeed.logs import set_up
set_up("info")
def work():
    token = "-".join(["not", "for", "logs"])
    int("x" if token else "1")
try:
    work()
except ValueError:
    structlog.get_logger().exception("broke", job="7")
"""


@pytest.mark.parametrize("at_terminal", [True, False])
def test_an_error_is_logged_without_the_values_of_variables(at_terminal: bool) -> None:  # noqa: FBT001 - a parameter
    code = CODE.format(at_terminal=at_terminal)

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr

    assert "broke" in said
    assert "invalid literal for int()" in said
    assert "not-for-logs" not in said
