"""Headless Chromium with other people's viewers: what a page shows, picks and asks for."""

import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from acceptance.node import CLIENTS, run_node

PAGES: Final = Path(__file__).parent / "pages"
#: Pictures of all views, kept for people to look at.
PICTURES: Final = Path(__file__).parents[3] / "build" / "browser"
#: What the pages ask for, by the first part of its path.
PACKAGES: Final = ("cesium", "three", "3d-tiles-renderer")
#: The viewers, each by its page.
VIEWERS: Final = ("cesium", "three")
#: Where each view is picked: a grid over its middle.
POINTS: Final = tuple((x, y) for y in range(120, 400, 60) for x in range(100, 560, 90))


@dataclass(frozen=True, kw_only=True)
class View:
    """One picture, and what lay under the points that were picked."""

    picture: Path
    picks: list[dict[str, Any] | None]
    failures: list[str]
    #: Requests that the browser had sent until then.
    requested: int

    @cached_property
    def pixels(self) -> Any:
        """Return the picture's pixels: (height, width, 3) int16."""
        with Image.open(self.picture) as image:
            return np.asarray(image.convert("RGB"), dtype=np.int16)

    @property
    def drawn(self) -> float:
        """Return the share of pixels that are not the background, which is the colour of the top left one."""
        return float((np.abs(self.pixels - self.pixels[0, 0]).max(axis=2) > 8).mean())

    @property
    def colors(self) -> int:
        """Return how many colours there are, of 4,096."""
        coarse = self.pixels >> 4
        return len(np.unique(coarse @ np.array([256, 16, 1])))

    @property
    def picked(self) -> list[dict[str, Any]]:
        """Return what was found under points."""
        return [found for found in self.picks if found is not None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of a page: its views, every address that the browser asked for, and what it complained of."""

    views: list[View]
    requests: list[str]
    complaints: list[str]

    def hosts(self) -> set[str]:
        """Return the hosts and ports that were asked; what lies in the page itself has none."""
        return {urlsplit(url).netloc for url in self.requests} - {""}

    def tiles(self, until: View | None = None) -> list[str]:
        """Return the paths of all tiles that were asked for, until a view was there."""
        asked = self.requests[: until.requested if until else None]
        return [path for path in (urlsplit(url).path for url in asked) if path.endswith(".glb")]


def need_chromium() -> str:
    """Return Chromium's path, or skip the test; under `CI=true` its absence is a failure."""
    found = shutil.which("chromium")
    if found is None:
        reason = "chromium is absent: scripts/test-needs installs it and says why it cannot"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def show(
    viewer: str, opened: Mapping[str, Any], *, site: str, folder: Path, name: str, looks: Sequence[Mapping[str, float]]
) -> Seen:
    """Open something in a viewer, and look at it from each side; the pictures are `NAME-VIEWER-0.png` and so on."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    shots = [PICTURES / f"{name}-{viewer}-{number}.png" for number in range(len(looks))]
    steps = [{"look": look, "shot": str(shot), "picks": POINTS} for look, shot in zip(looks, shots, strict=True)]
    given = {
        "chromium": need_chromium(),
        "profile": str(folder / f"profile-{name}-{viewer}"),
        "page": f"{site}/pages/{viewer}.html",
        "open": opened,
        "steps": steps,
    }
    told = run_node("browser.cjs", json.dumps(given))
    views = [View(picture=shot, **step) for shot, step in zip(shots, told["steps"], strict=True)]
    return Seen(views=views, requests=told["requests"], complaints=told["complaints"])


def photograph(page: str, *, until: str, folder: Path, name: str) -> Seen:
    """Open a page of somebody's own, wait until an expression is true in it, and take a picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    shot = PICTURES / f"{name}.png"
    given = {"chromium": need_chromium(), "profile": str(folder / f"profile-{name}"), "page": page, "until": until}
    told = run_node("browser.cjs", json.dumps(given | {"shot": str(shot)}))
    view = View(picture=shot, picks=[], failures=[], requested=len(told["requests"]))
    return Seen(views=[view], requests=told["requests"], complaints=told["complaints"])


@contextmanager
def site_with(tilesets: Path) -> Iterator[str]:
    """Serve the pages, the viewers and a folder of tilesets (`/tilesets`) on the loopback, and give the address."""
    roots = {name: CLIENTS / "node_modules" / name for name in PACKAGES}
    roots |= {"pages": PAGES, "tilesets": tilesets}

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def translate_path(self, path: str) -> str:
            first, _, rest = urlsplit(path).path.lstrip("/").partition("/")
            root = roots.get(first, PAGES)
            inside = Path(os.path.normpath(root / rest))
            return str(inside if inside.is_relative_to(root) else PAGES / "none")

        def log_message(self, format: str, *_arguments: Any) -> None:  # noqa: A002 - the library's word
            """Say nothing: what was asked for is recorded by the browser."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
