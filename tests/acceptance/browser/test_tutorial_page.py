"""The tutorial "A building in the browser": its commands as they stand there, and the page that they write."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.browser.driving import need_chromium, photograph, site_with
from acceptance.harness import Server
from acceptance.node import CLIENTS, need_npm_clients

pytest.importorskip("ifcopenshell")

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial" / "a-building-in-the-browser.md"
#: What the page calls the tileset and its viewer; true when all is there and something lies under the page's middle. A
#: tileset that is not looked at yet has nothing left to load either.
SHOWN = "tileset && tileset.tilesLoaded && Boolean(viewer.scene.pick(new Cesium.Cartesian2(310, 220)))"


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A folder in which somebody has followed the tutorial, and what it printed."""

    folder: Path
    server: str
    printed: str


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Run all shell blocks of the page as one script, with a server beside it."""
    need_chromium()
    need_npm_clients()
    folder = tmp_path_factory.mktemp("tutorial")
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(), re.DOTALL | re.MULTILINE))
    with Server(folder / "data") as server:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "server": server.address}
        shell = ["bash", "-euo", "pipefail", "-c", script]
        ran = subprocess.run(
            shell, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield Followed(folder=folder, server=server.address, printed=ran.stdout)


def test_the_tutorial_makes_a_tileset_with_and_without_a_server(followed: Followed) -> None:
    tileset = json.loads((followed.folder / "tiles" / "tileset.json").read_text())

    assert "'version': '1.1'" in followed.printed
    assert "transform" in tileset["root"]
    assert "39 elements" in followed.printed


def test_the_tutorials_page_shows_the_building(followed: Followed, tmp_path: Path) -> None:
    """With CesiumJS beside it, as npm puts it there."""
    (followed.folder / "node_modules").symlink_to(CLIENTS / "node_modules")
    with site_with(followed.folder) as site:
        seen = photograph(f"{site}/tilesets/index.html", until=SHOWN, folder=tmp_path, name="tutorial")

    hosts = {site.removeprefix("http://"), followed.server.removeprefix("http://")}
    assert (hosts, 1) == (seen.hosts(), len(seen.tiles()))
    red, green, _ = seen.views[0].pixels.transpose(2, 0, 1)
    assert 0.02 < ((red > 80) & (red > 2 * green)).mean() < 0.5  # the roof
