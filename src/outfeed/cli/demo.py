"""`outfeed demo`: start a server on a temporary folder and take sample files through every export, over real HTTP."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    import httpx

#: Longest time that one sample's import or export may take here, in seconds.
PATIENCE_S: Final = 60.0
#: Pause between two looks at a task, in seconds: a loop without one meets the rate limit on a fast machine.
POLL_S: Final = 0.01


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="End afterwards, with 0 only if all worked.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Show what the server does: sample files in, every export out."""
    from outfeed.cli import demo_drawing, demo_model, demo_print

    with tempfile.TemporaryDirectory(prefix="outfeed-demo-") as folder, _server(Path(folder) / "data") as address:
        samples = _samples(Path(folder) / "samples")
        results = Path(folder) / "exports"
        done = _tour(address, samples, results)
        model = demo_model.show_model(address, data=Path(folder) / "data", folder=results)
        drawing = demo_drawing.show_drawing(address, folder=results)
        made = demo_print.show_print(address)
        wrong = sum(export.found != export.expected for export in done)
        wrong += sum(bool(shown.wrong) for shown in (model, drawing, made))
        for export in (*done, model, drawing, made):
            typer.echo(str(export))
        _say_how(address, samples[0])
        typer.echo("\n".join(["\nA building, from a file to CesiumJS:\n", *demo_model.say_how(address, model)]))
        typer.echo(
            "\n".join(["\nA sheet, out of a drawing among the plans:\n", *demo_drawing.say_how(address, drawing)])
        )
        typer.echo("\n".join(["\nA print, paused in the middle and resumed:\n", *demo_print.say_how(address, made)]))
        if not exit_ and not wrong:
            typer.echo(f"\nThe files are in {results}; the server goes on until you press Ctrl-C.")
            _until_interrupted()
    if wrong:
        typer.echo(f"\n{wrong} of the exports came out wrong.", err=True)
        raise typer.Exit(1)


@contextmanager
def _server(data: Path) -> Iterator[str]:
    """Run `outfeed serve --open` and give its address."""
    command = [sys.executable, "-m", "outfeed", "serve", "--open", "--port", "0", "--data", str(data)]
    quiet = os.environ | {"OUTFEED_LOG_LEVEL": "warning"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet)  # noqa: S603 - our own program
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "http://" not in line:
            typer.echo("The server did not start.", err=True)
            raise typer.Exit(1)
        typer.echo(line.strip())
        yield next(word for word in line.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.communicate()


def _samples(folder: Path) -> list[Path]:
    """Make the sample files."""
    from outfeed.mesh.samples import write_samples

    folder.mkdir()
    return write_samples(folder)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """One export that came back."""

    sample: str
    file_type: str
    size: int
    took_s: float
    #: Triangles of the mesh, and those that the downloaded file holds.
    expected: int
    found: int

    def __str__(self) -> str:
        """Return the export's line."""
        verdict = "ok" if self.found == self.expected else f"WRONG: {self.found} triangles"
        return (
            f"{self.sample:<20} {self.expected:>7} triangles  →  {self.file_type:<10} "
            f"{self.size:>9} bytes  {self.took_s:5.2f} s  {verdict}"
        )


def _tour(address: str, samples: list[Path], results: Path) -> list[Exported]:
    """Take every sample through every export."""
    import httpx
    from rich.console import Console
    from rich.progress import Progress

    from outfeed.mesh.formats.registry import WRITERS

    results.mkdir()
    done: list[Exported] = []
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client, Progress(console=Console(stderr=True)) as bar:
        client.post("/oss/v2/buckets", json={"bucketKey": "demo", "policyKey": "transient"}).raise_for_status()
        step = bar.add_task("exports", total=len(samples) * len(WRITERS))
        for sample in samples:
            mesh = _import(client, sample)
            for file_type in WRITERS:
                done.append(_export(client, mesh, file_type, results=results, sample=sample.name))
                bar.advance(step)
    return done


def _import(client: "httpx.Client", sample: Path) -> dict[str, Any]:
    """Upload a file through a signed address and make a mesh of it."""
    path = f"/oss/v2/buckets/demo/objects/{sample.name}"
    upload = client.get(f"{path}/signeds3upload").raise_for_status().json()
    client.put(upload["urls"][0], content=sample.read_bytes()).raise_for_status()
    stored = client.post(f"{path}/signeds3upload", json={"uploadKey": upload["uploadKey"]}).raise_for_status().json()
    body = {"file_id": stored["objectId"], "name": sample.stem}
    return _finished(client, client.post("/geom/meshes/import", json=body).raise_for_status().json())


def _export(client: "httpx.Client", mesh: dict[str, Any], file_type: str, *, results: Path, sample: str) -> Exported:
    """Export a mesh, download the file and count what is in it."""
    started = time.monotonic()
    body = {"id": mesh["id"], "file_type": file_type}
    result = _finished(client, client.post("/geom/meshes/export", json=body).raise_for_status().json())
    path = _download(client, result, results)
    return Exported(
        sample=sample,
        file_type=file_type,
        size=path.stat().st_size,
        took_s=time.monotonic() - started,
        expected=mesh["geom"]["num_triangles"],
        found=_triangles_in(path),
    )


def _triangles_in(path: Path) -> int:
    """Count the triangles of a downloaded file."""
    from outfeed.mesh.formats.registry import read_mesh, reader_for
    from outfeed.mesh.formats.source import ReadLimits
    from outfeed.mesh.units import Unit

    form = reader_for(path.name) or ""
    return len(read_mesh(path, format=form, unitless=Unit.CENTIMETRE, limits=ReadLimits()).mesh.faces)


def _finished(client: "httpx.Client", task: dict[str, Any]) -> dict[str, Any]:
    """Poll a task until it is done and return its result."""
    pause, give_up = threading.Event(), time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        task = client.get(f"/print/tasks/{task['id']}").raise_for_status().json()
        if task["status"] == "done":
            result: dict[str, Any] = task["result"]
            return result
        if task["status"] == "error":
            raise typer.BadParameter(task["error"]["message"])
        pause.wait(POLL_S)
    raise typer.BadParameter(f"Task {task['id']} took too long.")


def _download(client: "httpx.Client", result: dict[str, Any], folder: Path) -> Path:
    """Fetch an artifact."""
    file_id: str = result["file_id"]
    bucket, _, name = file_id.rpartition(":")[2].partition("/")
    path = folder / name
    path.write_bytes(client.get(f"/oss/v2/buckets/{bucket}/objects/{name}").raise_for_status().content)
    return path


def _say_how(address: str, sample: Path) -> None:
    """Print the same as curl lines."""
    typer.echo("\nThe same by hand, for a file of yours:\n")
    for line in (
        f"curl -F file=@{sample.name} {address}/files/upload",
        f"curl -d 'file_id=<file_id>' {address}/geom/meshes/import",
        f"curl {address}/print/tasks/<task id>",
        f"curl -o picture.png {address}/geom/meshes/<mesh id>/thumbnail",
        f"curl -d 'id=<mesh id>&file_type=glb' {address}/geom/meshes/export",
        f"curl -OJ {address}/files/<file_id>",
    ):
        typer.echo(f"  {line}")


def _until_interrupted() -> None:
    import signal

    signal.sigwait({signal.SIGINT, signal.SIGTERM})
