"""The rows about the printers' channel: who connects, what is published, and what is the target."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mesh_files import Peer


@dataclass(frozen=True, kw_only=True)
class Load:
    """So many printers, and what they are sent."""

    printers: int
    #: Processes that share the printers; one where anything is sent.
    processes: int = 1
    #: Commands: so many a second, for so many seconds, each to one printer.
    per_s: float = 0
    for_s: float = 0
    #: Messages at once, each to all.
    messages: int = 0

    @property
    def order(self) -> dict[str, Any]:
        """Return what a server is told to publish, nothing if the printers are left idle."""
        if self.messages:
            return {"burst": {"messages": self.messages}}
        return {"commands": {"printers": self.printers, "per_s": self.per_s, "for_s": self.for_s}} if self.per_s else {}

    @property
    def channel(self) -> str:
        """Return what each printer subscribes to."""
        return "/all" if self.messages else "/printers/{n}/command"

    @property
    def shares(self) -> list[range]:
        """Return which printers each process has."""
        edges = [self.printers * number // self.processes for number in range(self.processes + 1)]
        return [range(first, end) for first, end in pairwise(edges)]

    @property
    def copies(self) -> int:
        """Return how many printers get each message."""
        return self.printers if self.messages else 1


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    """One kind of load."""

    name: str
    #: How the printers connect: a kind of `printers.py`.
    transport: str
    #: What is compared, less being better: `p99_ms`, `burst_s`, or `each_bytes`.
    figure: str
    load: Load
    #: The same in short, which tries the benchmark itself out.
    short: Load
    peers: list[Peer]
    #: Memory is the same each time: one pair is enough.
    once: bool = False
    #: Commands by HTTP to `outfeed serve`, kept and acknowledged: no peer keeps anything.
    is_whole_way: bool = False

    def load_of(self, size: str) -> Load:
        """Return the load of a size."""
        return self.short if size == "S" else self.load


#: Names of programs: of the peers by their names, and ours.
FAYE: Final = "faye (npm)"
STARLETTE: Final = "Starlette, an open WebSocket"

_COMMANDS: Final = Load(printers=1_000, per_s=200, for_s=10)
_IDLE: Final = Load(printers=10_000, processes=4)
_FEW_IDLE: Final = Load(printers=100, processes=2)
_FEW: Final = Load(printers=20, per_s=100, for_s=0.5)

CHANNEL_ROWS: Final = [
    ChannelRow(
        name="1,000 printers on WebSockets, 200 commands a second",
        transport="websocket",
        figure="p99_ms",
        load=_COMMANDS,
        short=_FEW,
        peers=[Peer(name=FAYE, task="faye", at_most=1)],
    ),
    ChannelRow(
        name="1,000 printers by long-polling, 200 commands a second",
        transport="long-polling",
        figure="p99_ms",
        load=_COMMANDS,
        short=_FEW,
        peers=[Peer(name=FAYE, task="faye", at_most=1)],
    ),
    ChannelRow(
        name="100 messages at once to 1,000 WebSockets",
        transport="websocket",
        figure="burst_s",
        load=Load(printers=1_000, messages=100),
        short=Load(printers=20, messages=10),
        peers=[Peer(name=FAYE, task="faye", at_least=1)],
    ),
    ChannelRow(
        name="10,000 idle printers on WebSockets, memory each",
        transport="websocket",
        figure="each_bytes",
        load=_IDLE,
        short=_FEW_IDLE,
        peers=[Peer(name=STARLETTE, task="floor", at_most=2), Peer(name=FAYE, task="faye")],
        once=True,
    ),
    ChannelRow(
        name="`outfeed serve`, 1,000 printers, 200 commands a second by HTTP, kept, sent and acknowledged",
        transport="websocket",
        figure="p99_ms",
        load=Load(printers=1_000, per_s=200, for_s=60),
        short=Load(printers=10, per_s=20, for_s=0.5),
        peers=[],
        is_whole_way=True,
    ),
    ChannelRow(
        name="`outfeed serve`, 10,000 registered printers on WebSockets, memory each",
        transport="websocket",
        figure="each_bytes",
        load=_IDLE,
        short=_FEW_IDLE,
        peers=[],
        is_whole_way=True,
    ),
]
