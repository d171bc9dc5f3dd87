"""The floor: what a WebSocket costs on which nothing is said, under Starlette and the server that ours has."""

import sys
from typing import Any

from starlette.applications import Starlette  # type: ignore[import-not-found] # in the peers' environment
from starlette.routing import WebSocketRoute  # type: ignore[import-not-found] # in the peers' environment
from starlette.websockets import WebSocket  # type: ignore[import-not-found] # in the peers' environment

from channel.stage import serve


async def listen(socket: WebSocket) -> None:
    """Accept, and wait for what never comes."""
    await socket.accept()
    async for _ in socket.iter_text():
        pass


async def nothing(_: dict[str, Any]) -> dict[str, Any]:
    """Do nothing that anybody could ask for."""
    return {}


if __name__ == "__main__":
    sys.exit(serve(Starlette(routes=[WebSocketRoute("/", listen)]), nothing))
