"""The commands of tutorials and how-tos, run as they stand on the page."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from acceptance.harness import Server

DOCS = Path(__file__).parents[2] / "docs"


pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is absent; scripts/test-needs installs it")


def commands(page: str) -> str:
    """Return all shell blocks of a page as one script; what is marked `console` is for people."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run the page of the first export."""
    return run_page("tutorial/first-export.md", tmp_path_factory.mktemp("tutorial"))


def run_page(page: str, folder: Path, *arguments: str) -> tuple[Path, str]:
    """Run a page in a folder with a server beside it; return the folder and what was printed."""
    with Server(folder / "data", arguments) as server:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "server": server.address,
        }
        shell = ["bash", "-euo", "pipefail", "-c", commands(page)]
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


def test_sheets_come_out_of_a_set_one_by_one_and_together(tmp_path: Path) -> None:
    folder, text = run_page("tutorial/sheets-out-of-a-set.md", tmp_path)

    assert re.search(r"^marked\.pdf: 1 page, 2 annotations$", text, re.MULTILINE), text
    assert re.search(r"^plain\.pdf: 1 page, 0 annotations$", text, re.MULTILINE), text
    with pikepdf.open(folder / "joined.pdf") as pdf, pikepdf.open(folder / "set.pdf") as source:
        assert sorted(str(page.label) for page in source.pages) == sorted(str(page.label) for page in pdf.pages)
        assert len(pdf.pages) > 3


def test_a_printer_comes_home_by_curl_alone(tmp_path: Path) -> None:
    _, text = run_page("how-to/bring-a-printer-home.md", tmp_path)

    assert re.search(r"^printer 1 shows [A-Z]{6}$", text, re.MULTILINE), text
    assert '"registered":true' in text
    assert '"printer_availability":"online"' in text
    assert re.search(r'"successful":\s?true', text), text
    assert "\nnot much of a print\n" in text
    assert ["completed", "403"] == text.split()[-2:]


def test_a_simulated_printer_prints_by_curl(tmp_path: Path) -> None:
    _, text = run_page("reference/simulator.md", tmp_path, "--open")

    job, _, last = text.partition("\n")
    assert "sent" == json.loads(job)["status"]
    assert "completed" == json.loads(last)["event"], text
