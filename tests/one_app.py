"""Applications that each test process makes once: the many routes of one take a second, and the parts behind do not."""

from contextvars import ContextVar
from functools import cache
from typing import Any

from litestar.datastructures import State
from litestar.types import ASGIApp

from outfeed.app import application
from outfeed.services import Services

_BEHIND: ContextVar[Any] = ContextVar("behind")


class Current:
    """The parts behind the call that is being answered: each call has its own, even where two come at once."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_BEHIND.get(), name)

    def close(self) -> None:
        """Leave the parts open: whoever made them closes them."""


#: The state of an application that is made once.
CURRENT = State({"services": Current()})


def over(app: ASGIApp, services: Any) -> ASGIApp:
    """Return an application, made with the state `CURRENT`, as one over these parts; it goes up and down by itself."""

    async def called(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _go_up_and_down(receive, send)
        else:
            _BEHIND.set(services)
            await app(scope, receive, send)

    return called


def application_over(services: Services) -> ASGIApp:
    """Return the whole application over parts."""
    return over(_application(), services)


@cache
def _application() -> ASGIApp:
    parts: Any = Current()
    return application(parts)


async def _go_up_and_down(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
