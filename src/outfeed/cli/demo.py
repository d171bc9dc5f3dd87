"""`outfeed demo`: start a server on a temporary folder and take sample files through every export, over real HTTP."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    import httpx

#: Longest time that one sample's import or export may take here, in seconds.
PATIENCE_S: Final = 60.0
FORMATS: Final = ("obj", "stl_ascii", "stl_binary", "glb")


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="End afterwards, with 0 only if all worked.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Show what the server does: sample files in, every export out."""
    with tempfile.TemporaryDirectory(prefix="outfeed-demo-") as folder, _server(Path(folder) / "data") as address:
        samples = _samples(Path(folder) / "samples")
        failed = _tour(address, samples, Path(folder) / "exports")
        _say_how(address, samples[0])
        if not exit_ and not failed:
            typer.echo("\nThe server goes on until you press Ctrl-C.")
            _until_interrupted()
    if failed:
        typer.echo(f"\n{failed} of the exports failed.", err=True)
        raise typer.Exit(1)


@contextmanager
def _server(data: Path) -> Iterator[str]:
    """Run `outfeed serve --open` and give its address."""
    command = [sys.executable, "-m", "outfeed", "serve", "--open", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
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


def _tour(address: str, samples: list[Path], results: Path) -> int:
    """Take every sample through every export; return how many failed."""
    import httpx
    from rich.console import Console
    from rich.progress import Progress

    results.mkdir()
    failed = 0
    rows = []
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client, Progress(console=Console(stderr=True)) as bar:
        client.post("/oss/v2/buckets", json={"bucketKey": "demo", "policyKey": "transient"}).raise_for_status()
        step = bar.add_task("exports", total=len(samples) * len(FORMATS))
        for sample in samples:
            mesh = _import(client, sample)
            for file_type in FORMATS:
                started = time.monotonic()
                result = _export(client, mesh["id"], file_type)
                size = _download(client, result, results)
                failed += size == 0
                rows.append((sample.name, mesh["geom"]["num_triangles"], file_type, size, time.monotonic() - started))
                bar.advance(step)
    for name, triangles, file_type, size, took_s in rows:
        typer.echo(f"{name:<16} {triangles:>8} triangles  →  {file_type:<10} {size:>9} bytes  {took_s:.2f} s")
    return failed


def _import(client: "httpx.Client", sample: Path) -> dict[str, Any]:
    """Upload a file through a signed address and make a mesh of it."""
    path = f"/oss/v2/buckets/demo/objects/{sample.name}"
    upload = client.get(f"{path}/signeds3upload").raise_for_status().json()
    client.put(upload["urls"][0], content=sample.read_bytes()).raise_for_status()
    stored = client.post(f"{path}/signeds3upload", json={"uploadKey": upload["uploadKey"]}).raise_for_status().json()
    body = {"file_id": stored["objectId"], "name": sample.stem}
    return _finished(client, client.post("/geom/meshes/import", json=body).raise_for_status().json())


def _export(client: "httpx.Client", mesh_id: str, file_type: str) -> dict[str, Any]:
    body = {"id": mesh_id, "file_type": file_type}
    return _finished(client, client.post("/geom/meshes/export", json=body).raise_for_status().json())


def _finished(client: "httpx.Client", task: dict[str, Any]) -> dict[str, Any]:
    """Poll a task until it is done and return its result."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        task = client.get(f"/print/tasks/{task['id']}").raise_for_status().json()
        if task["status"] == "done":
            result: dict[str, Any] = task["result"]
            return result
        if task["status"] == "error":
            raise typer.BadParameter(task["error"]["message"])
    raise typer.BadParameter(f"Task {task['id']} took too long.")


def _download(client: "httpx.Client", result: dict[str, Any], folder: Path) -> int:
    """Fetch an artifact and return its size in bytes."""
    file_id: str = result["file_id"]
    bucket, _, name = file_id.rpartition(":")[2].partition("/")
    content: bytes = client.get(f"/oss/v2/buckets/{bucket}/objects/{name}").raise_for_status().content
    return (folder / name).write_bytes(content)


def _say_how(address: str, sample: Path) -> None:
    """Print the same as curl lines."""
    typer.echo("\nThe same by hand, for a file of yours:\n")
    for line in (
        f"curl -F file=@{sample.name} {address}/files/upload",
        f"curl -d 'file_id=<file_id>' {address}/geom/meshes/import",
        f"curl {address}/print/tasks/<task id>",
        f"curl -d 'id=<mesh id>&file_type=glb' {address}/geom/meshes/export",
        f"curl -OJ {address}/files/<file_id>",
    ):
        typer.echo(f"  {line}")


def _until_interrupted() -> None:
    import signal

    signal.sigwait({signal.SIGINT, signal.SIGTERM})
