"""What happens to a simulated printer, and what it then does: the records that its machine takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Started:
    """The printer was switched on."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The server knows the printer."""

    printer_id: int
    #: By which a member claims it; None: somebody has.
    code: str | None
    token: str = field(repr=False)
    is_owned: bool


@dataclass(frozen=True, slots=True)
class Disowned:
    """The server says that the printer's token is dead."""


@dataclass(frozen=True, slots=True)
class ShutOut:
    """The server does not let the printer listen to its channel."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A member has claimed the printer, or joined those who use it."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command came through the channel, as it was sent."""

    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a command speaks of was downloaded."""

    task_id: str
    size: int
    sha256: str
    #: Images of layers in it; None: it is no archive of them.
    layers: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A file was sent to where a command said."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A download or an upload came to nothing."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrintLocally:
    """Somebody begins a print at the machine itself."""

    job_id: str
    name: str


Event = (
    Started | Ticked | Registered | Disowned | ShutOut | Claimed | Commanded | Fetched | Stored | Failed | PrintLocally
)


@dataclass(frozen=True, slots=True)
class Register:
    """Make the printer known to the server, with the token that it has, if it has one."""

    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Listen to a channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Give up the session of the channel: it belongs to a token that is dead."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection of the channel, as a bad network does."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Tell the server the printer's status."""

    body: Mapping[str, Any]
    #: Whether it tells something new; what only repeats itself need not arrive.
    is_news: bool


@dataclass(frozen=True, slots=True)
class Ack:
    """Acknowledge a command."""

    task_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Download what a command speaks of."""

    task_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Store:
    """Send the log, compressed, to an address."""

    task_id: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """Tell whoever watches what has happened."""

    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)


Action = Register | Subscribe | Leave | Drop | Ping | Ack | Fetch | Store | Say
