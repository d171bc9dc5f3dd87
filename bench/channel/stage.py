"""An ASGI application under uvicorn as `outfeed serve` has it, which does what is said on its standard input."""

import asyncio
import json
import resource
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Orders = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def serve(app: Any, obey: Orders) -> int:
    """Serve an application and obey, until standard input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    _say({"port": listening.getsockname()[1]})
    config.get_loop_factory()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_both(server, listening, obey))
    return 0


async def _both(server: uvicorn.Server, listening: socket.socket, obey: Orders) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _say(await obey(json.loads(line)))
    server.should_exit = True
    await serving


def _say(words: dict[str, Any]) -> None:
    print(json.dumps(words), flush=True)
