"""The part of `outfeed demo` that shows a print: a simulated printer is claimed and prints what is uploaded."""

import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from outfeed.cli.demo_waiting import PATIENCE_S, until

#: Layers of the sample, a sphere, and the size of their images.
_LAYERS: Final = 40
_SIZE: Final = (128, 80)
#: Share at which the print is paused.
_HALF: Final = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A print that is over."""

    sample: str
    layers: int
    size: int
    took_s: float
    #: As the curl lines need them.
    printer_id: int
    job_id: str
    #: How the print ended, in the words of the API, and what it was before, in order.
    states: tuple[str, ...]

    @property
    def wrong(self) -> str:
        """Return what went wrong; empty: nothing."""
        expected = ("printing", "paused", "printing", "completed")
        return "" if self.states == expected else f"the print was {', '.join(self.states)}"

    def __str__(self) -> str:
        """Return the print's line."""
        verdict = f"WRONG: {self.wrong}" if self.wrong else "ok"
        return (
            f"{self.sample:<20} {self.layers:>7} layers     →  {'a print':<10} "
            f"{self.size:>9} bytes  {self.took_s:5.2f} s  {verdict}"
        )


def show_print(address: str) -> Made:
    """Claim a simulated printer at a server in open mode, and print a sphere on it, with a pause in the middle."""
    started, content = time.monotonic(), _sphere()
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client, _simulated(address) as code:
        printer_id = _post(client, "/print/printers/register", printer_name="Demo", registration_code=code)[
            "printer_id"
        ]
        upload = client.post("/files/upload", files={"file": ("sphere.tar.gz", content)}).raise_for_status().json()
        file_id = upload["files"][0]["file_id"]
        job_id = _post(client, f"/print/printers/{printer_id}/jobs", printable_id=file_id, job_name="Sphere")["job_id"]
        states = _printed(client, printer_id, job_id)
    return Made(
        sample="sphere.tar.gz",
        layers=_LAYERS,
        size=len(content),
        took_s=time.monotonic() - started,
        printer_id=printer_id,
        job_id=job_id,
        states=states,
    )


def say_how(address: str, made: Made) -> Iterator[str]:
    """Yield the same as curl lines."""
    printer = f"{address}/print/printers/{made.printer_id}"
    yield f"  outfeed printer simulate --server {address}"
    yield f"  curl -d 'printer_name=Demo&registration_code=<code>' {address}/print/printers/register"
    yield f"  curl -F file=@sphere.tar.gz {address}/files/upload"
    yield f"  curl -d 'printable_id=<file_id>' {printer}/jobs"
    yield f"  curl {address}/print/jobs/{made.job_id}"
    yield f"  curl -d 'command=pause&job_id={made.job_id}' {printer}/command"


@contextmanager
def _simulated(address: str) -> Iterator[str]:
    """Run a simulated printer and give its code."""
    command = [sys.executable, "-m", "outfeed", "printer", "simulate", "--server", address, "--json"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        # The vendor's style tells of each layer.
        [*command, "--style", "simulator", "--layer-time", "0.5", "--speed", "10", "--prints", "1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    told = process.stdout or ()
    try:
        yield next(event["code"] for event in map(json.loads, told) if event["event"] == "registered")
    finally:
        process.terminate()
        process.communicate()


def _printed(client: httpx.Client, printer_id: int, job_id: str) -> tuple[str, ...]:
    """Watch a print, pause it in the middle and resume it; return its states from the first layer on."""
    from rich.console import Console
    from rich.progress import Progress

    def job() -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"/print/jobs/{job_id}").raise_for_status().json()["job_status"]
        return found

    def order(command: str) -> None:
        _post(client, f"/print/printers/{printer_id}/command", command=command, job_id=job_id)

    states = []
    with Progress(console=Console(stderr=True)) as bar:
        step = bar.add_task("print", total=1.0)

        def waited(is_so: Callable[[dict[str, Any]], bool]) -> None:
            def look() -> dict[str, Any] | None:
                found = job()
                bar.update(step, completed=float(found.get("job_progress", 0)))
                return found if is_so(found) else None

            states.append(until(look, f"job {job_id}")["job_status"])

        waited(lambda found: float(found.get("job_progress", 0)) >= _HALF)
        order("pause")
        waited(lambda found: bool(found["job_status"] != "printing"))
        order("resume")
        waited(lambda found: bool(found["job_status"] != "paused"))
        waited(lambda found: bool(found["job_status"] != "printing"))
    return tuple(states)


def _post(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
    return made


def _sphere() -> bytes:
    """Return a sphere as a printer of resin wants it: an archive of images, each what is solid in a layer."""
    from PIL import Image, ImageDraw

    out = io.BytesIO()
    (width, height), radius = _SIZE, min(_SIZE) / 2
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for number in range(_LAYERS):
            up = (2 * number + 1) / _LAYERS - 1
            wide = radius * (1 - up * up) ** 0.5
            image = Image.new("L", _SIZE)
            box = (width / 2 - wide, height / 2 - wide, width / 2 + wide, height / 2 + wide)
            ImageDraw.Draw(image).ellipse(box, fill=255)
            picture = io.BytesIO()
            image.save(picture, "PNG")
            entry = tarfile.TarInfo(f"slice_{number + 1}.png")
            entry.size = picture.tell()
            archive.addfile(entry, io.BytesIO(picture.getvalue()))
    return out.getvalue()
