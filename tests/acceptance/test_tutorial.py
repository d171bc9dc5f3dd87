"""The tutorial's commands, run as they stand on the page."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from acceptance.harness import Server

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-export.md"


pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is absent; scripts/test-needs installs it")


def commands() -> str:
    """Return all shell blocks of the page as one script; what is marked `console` is for people."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the page in a folder with a server beside it; return the folder and what was printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    with Server(folder / "data") as server:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "server": server.address,
        }
        shell = ["bash", "-euo", "pipefail", "-c", commands()]
        ran = subprocess.run(
            shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder, ran.stdout


def test_the_tutorial_ends_with_a_glb_file(printed: tuple[Path, str]) -> None:
    folder, _ = printed
    content = (folder / "corner.glb").read_bytes()
    json_length = struct.unpack_from("<I", content, 12)[0]
    positions, indices = json.loads(content[20 : 20 + json_length])["accessors"]

    assert (b"glTF", 2, len(content)) == struct.unpack_from("<4sII", content)
    assert (4, 12) == (positions["count"], indices["count"])
    assert pytest.approx([0.02, 0.02, 0.0]) == positions["max"]


def test_the_tutorial_prints_what_it_says(printed: tuple[Path, str]) -> None:
    _, text = printed

    assert "'num_vertices': 4, 'num_triangles': 4" in text
    assert re.search(r"corner\.glb is GLB 2 with \d+ bytes", text)
