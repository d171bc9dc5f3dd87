"""`outfeed serve`: the web process, and a worker process beside it that is started again whenever it dies."""

import gc
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Final

import typer

from outfeed.cli.options import Data, settings_of
from outfeed.settings import Settings

#: Pause before a dead worker is started again, in seconds; it doubles up to the second number.
RESTART_S: Final = (0.1, 5.0)
#: For so long one thread of the web process may compute while another one waits, in seconds. A thread that writes lets
#: the interpreter go at each statement, and Python's own 5 ms make it wait that long for it each time.
SWITCH_S: Final = 0.0005


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one. Default: 8080")] = None,
    open_: Annotated[
        bool | None, typer.Option("--open", help="No tokens: every caller is the local user. Loopback only.")
    ] = None,
    worker: Annotated[bool, typer.Option(help="Start a worker beside the web process.")] = True,  # noqa: FBT002 - a flag
) -> None:
    """Serve a data folder."""
    from outfeed import logs

    settings = settings_of(data=data, host=host, port=port, open=open_)
    logs.set_up(settings.log_level)
    _check_definitions(settings)
    listening = _listen(settings)
    with _worker_beside(settings) if worker else nullcontext():
        _run_web(settings, listening)


def _check_definitions(settings: Settings) -> None:
    """End with a sentence if a definition of a printer cannot be used, before anything else has started."""
    from outfeed.printdb import PrintDb

    PrintDb.load(settings.printdb)


def _listen(settings: Settings) -> socket.socket:
    """Bind the address before anything else starts, so that a taken port is the first thing said."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        typer.echo(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.", err=True)
        raise typer.Exit(1) from error


def _run_web(settings: Settings, listening: socket.socket) -> None:
    from outfeed.app import build_app
    from outfeed.cli.web import WebServer

    sys.setswitchinterval(SWITCH_S)
    app = build_app(settings)
    gc.freeze()  # what was made until here stays: to look through all of it for garbage takes a sixth of a second
    host, port = listening.getsockname()[:2]

    def say_ready() -> None:
        typer.echo(f"Outfeed serves http://{host}:{port} from {settings.data}")
        sys.stdout.flush()

    server = WebServer(app, end_waiting=app.end_channel, head_s=settings.request_head_s, say_ready=say_ready)
    server.run(sockets=[listening])


@contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    """Keep a worker process running; it ends with this process, whichever way that ends."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(settings, stop), name="keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_worker(settings: Settings, stop: threading.Event) -> None:
    """Start the worker, again and again, until `stop`. It reads our pipe and ends when that does."""
    command = [sys.executable, "-m", "outfeed", "worker", "--data", str(settings.data), "--until-eof"]
    pause_s = RESTART_S[0]
    while not stop.is_set():
        process = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - our own program
        lived = _wait(process, stop)
        pause_s = RESTART_S[0] if lived else min(pause_s * 2, RESTART_S[1])
        stop.wait(pause_s)


def _wait(process: subprocess.Popen[bytes], stop: threading.Event) -> bool:
    """Wait until the worker ends or `stop`; tell whether it had lived long enough to be worth a quick restart."""
    waited_s, step_s, long_s = 0.0, 0.1, 5.0
    while process.poll() is None and not stop.wait(step_s):
        waited_s += step_s
    process.communicate()
    return waited_s >= long_s
