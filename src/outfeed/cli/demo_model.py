"""The part of `outfeed demo` that shows a model: a building becomes a tileset over the iTwin API."""

import json
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

#: Longest time that the export may take here, in seconds, and the time between two questions how it stands.
PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Tiled:
    """A model that became a tileset, all of whose files were fetched."""

    sample: str
    model: str
    tiles: int
    size: int
    took_s: float
    #: What went wrong; empty: nothing.
    wrong: str = ""

    def __str__(self) -> str:
        """Return the export's line."""
        verdict = f"WRONG: {self.wrong}" if self.wrong else "ok"
        return (
            f"{self.sample:<20} {self.tiles:>7} tiles      →  {'3DTiles':<10} "
            f"{self.size:>9} bytes  {self.took_s:5.2f} s  {verdict}"
        )


def show_model(address: str, *, data: Path, folder: Path) -> Tiled:
    """Add the sample house as a model of a server in open mode, export it, and fetch every tile."""
    from outfeed.scene.samples import write_house

    house = write_house(folder / "house.ifc")
    model = _added(house, data)
    started = time.monotonic()
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        export = _ended(client, model)
        if export["status"] != "Complete":
            why = export.get("error") or export["status"]
            return Tiled(sample=house.name, model=model, tiles=0, size=0, took_s=0.0, wrong=str(why))
        tiles = list(_tiles(client, export["_links"]["mesh"]["href"], folder / "tileset"))
    return Tiled(
        sample=house.name,
        model=model,
        tiles=len(tiles),
        size=sum(map(len, tiles)),
        took_s=time.monotonic() - started,
        wrong="" if tiles and all(map(_is_whole, tiles)) else "a tile is no GLB",
    )


def say_how(address: str, shown: Tiled) -> Iterator[str]:
    """Yield the same as curl lines, and as a line of CesiumJS."""
    yield "  outfeed model add house.ifc --data DATA"
    yield f'  curl --json \'{{"iModelId": "{shown.model}"}}\' {address}/mesh-export'
    yield f"  curl {address}/mesh-export/<export id>"
    yield f'  Cesium.ITwinPlatform.apiEndpoint = new Cesium.Resource({{ url: "{address}/" }});'
    yield f'  await Cesium.ITwinData.createTilesetFromIModelId({{ iModelId: "{shown.model}" }});'


def _added(house: Path, data: Path) -> str:
    """Return the id of the model that a file became."""
    command = [sys.executable, "-m", "outfeed", "model", "add", str(house), "--data", str(data), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)  # noqa: S603 - our own program
    model: str = json.loads(ran.stdout)["model"]
    return model


def _ended(client: httpx.Client, model: str) -> dict[str, Any]:
    """Start an export, and return it when it has ended or patience has."""
    give_up = time.monotonic() + PATIENCE_S
    answer = client.post("/mesh-export", json={"iModelId": model, "exportType": "3DTiles"})
    while True:
        export: dict[str, Any] = answer.raise_for_status().json()["export"]
        if export["status"] in {"Complete", "Invalid"} or time.monotonic() > give_up:
            return export
        threading.Event().wait(_PAUSE_S)
        answer = client.get(f"/mesh-export/{export['id']}")


def _tiles(client: httpx.Client, link: str, folder: Path) -> Iterator[bytes]:
    """Yield the tiles behind a signed link, and keep all files in a folder."""
    folder.mkdir()

    def fetched(name: str) -> bytes:
        content = client.get(link.replace("?", f"/{name}?", 1)).raise_for_status().content
        (folder / name).write_bytes(content)
        return content

    waiting = [json.loads(fetched("tileset.json"))["root"]]
    while waiting:
        tile = waiting.pop()
        waiting.extend(tile.get("children", ()))
        yield fetched(tile["content"]["uri"])


def _is_whole(content: bytes) -> bool:
    """Return whether a file is GLB of the length that it says."""
    return struct.pack("<4sII", b"glTF", 2, len(content)) == content[:12]
