"""A client of an ASGI application in the same process, on a loop whose time passes at once and is exact."""

import asyncio
import json
import selectors
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from outfeed.bayeux import Bayeux, Channel, Limits, Refusal, Session
from outfeed.bayeux.asgi import BayeuxApp, bayeux_app

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing: where nothing has come, the time that would have been waited is over at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if ready := super().select(0):
            return ready
        assert timeout is not None, "nothing will ever happen again"
        self.now += max(timeout, 0)
        return []


class InstantLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine; what is then still running is cancelled."""
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(coroutine)


def now() -> float:
    """Return the time of the running loop, in seconds since the test began."""
    return asyncio.get_running_loop().time()


async def turns(count: int = 5) -> None:
    """Let the loop turn, without time passing."""
    for _ in range(count):
        await asyncio.sleep(0)


class Everybody:
    """Lets everybody do everything, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        #: The addresses from which somebody came, and how often each may.
        self.arrived: list[str | None] = []
        self.most = 1_000_000

    def may_arrive(self, address: str | None) -> bool:
        self.arrived.append(address)
        return self.arrived.count(address) <= self.most

    def may_subscribe(self, _session: Session, _channel: Channel, _message: Mapping[str, Any]) -> Refusal | None:
        return None

    def may_publish(self, _session: Session, _channel: Channel, _message: Mapping[str, Any]) -> Refusal | None:
        return None

    def subscribed(self, _session: Session, channel: Channel) -> None:
        self.told.append(f"subscribed {channel.text}")

    def resumed(self, _session: Session) -> None:
        self.told.append("resumed")

    def ended(self, _session: Session) -> None:
        self.told.append("ended")


def a_server(policy: Everybody | None = None, **limits: Any) -> BayeuxApp:
    """Return a server at `/faye` that lives by the loop's time."""
    return bayeux_app(Bayeux(policy or Everybody(), limits=Limits(**limits), clock=now))


class Asked:
    """An HTTP request that is on its way."""

    def __init__(
        self,
        app: BayeuxApp,
        method: str,
        path: str,
        body: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        raw, _, query = path.partition("?")
        self._scope = {
            "type": "http",
            "method": method,
            "path": raw,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
            "client": ("192.0.2.7", 4711),
        }
        parts = [body] if isinstance(body, bytes) else body
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for number, part in enumerate(parts, start=1):
            self.incoming.put_nowait({"type": "http.request", "body": part, "more_body": number < len(parts)})
        self.events: list[dict[str, Any]] = []
        #: Whether sending fails, as it does on a broken connection.
        self.is_broken = False
        self._task = asyncio.ensure_future(app(self._scope, self.incoming.get, self._send))

    async def _send(self, event: Any) -> None:
        if self.is_broken:
            raise ConnectionResetError
        self.events.append(event)
        if event["type"] == "http.response.body" and not event.get("more_body"):
            self.go()

    def go(self) -> None:
        """Go away; a server is told so too when its answer is complete."""
        self.incoming.put_nowait({"type": "http.disconnect"})

    async def done(self) -> "Asked":
        await self._task
        return self

    @property
    def is_done(self) -> bool:
        return self._task.done()

    @property
    def status(self) -> int:
        status: int = self.events[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.events[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(event["body"] for event in self.events[1:])

    @property
    def messages(self) -> list[Any]:
        parsed: list[Any] = json.loads(self.body)
        return parsed


def post(app: BayeuxApp, *messages: Mapping[str, Any], **options: Any) -> Asked:
    """Send messages as JSON."""
    return Asked(app, "POST", "/faye", json.dumps(messages).encode(), **options)


class Talk:
    """A WebSocket to the application."""

    def __init__(self, app: BayeuxApp, path: str = "/faye") -> None:
        scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "client": ("192.0.2.7", 4711)}
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.events: list[dict[str, Any]] = []
        self._readable = asyncio.Event()
        #: Cleared while the client does not read.
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_broken = False
        self.task = asyncio.ensure_future(app(scope, self.incoming.get, self._send))

    async def _send(self, event: Any) -> None:
        await self.reads.wait()
        if self.is_broken:
            raise ConnectionResetError
        self.events.append(event)
        if event["type"] == "websocket.close":
            self.go()

    def say(self, *messages: Mapping[str, Any]) -> None:
        self.frame(json.dumps(messages))

    def frame(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})

    def go(self) -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def gone(self) -> None:
        self.go()
        await self.task

    def take(self) -> list[list[Any]]:
        """Return the frames that have come, each as its messages, and forget them."""
        frames = [json.loads(event["text"]) for event in self.events if event["type"] == "websocket.send"]
        self.events = [event for event in self.events if event["type"] != "websocket.send"]
        return frames

    async def hear(self) -> list[Any]:
        """Let the loop turn and return all messages that came with that."""
        await turns()
        return [message for frame in self.take() for message in frame]

    @property
    def closed_with(self) -> int | None:
        return next((event["code"] for event in self.events if event["type"] == "websocket.close"), None)


def handshake(type_: str = "long-polling", **more: Any) -> dict[str, Any]:
    return {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": [type_], **more}


def connect(client: str, type_: str = "long-polling", **more: Any) -> dict[str, Any]:
    return {"channel": "/meta/connect", "clientId": client, "connectionType": type_, **more}


def subscribe(client: str, channel: str = "/news") -> dict[str, Any]:
    return {"channel": "/meta/subscribe", "clientId": client, "subscription": channel}


async def a_client(app: BayeuxApp, *channels: str, type_: str = "long-polling") -> str:
    """Return the id of a session that has subscribed."""
    told = (await post(app, handshake(type_)).done()).messages
    client: str = told[0]["clientId"]
    for channel in channels:
        await post(app, subscribe(client, channel)).done()
    return client


def news(messages: Sequence[Any]) -> list[Any]:
    """Return the data of the deliveries among messages."""
    return [message["data"] for message in messages if "data" in message]
