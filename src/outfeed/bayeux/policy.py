"""What the owner of a server decides: who may do what, and what is put into messages beside the protocol."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from outfeed.bayeux.channels import Channel
from outfeed.bayeux.constants import Code
from outfeed.bayeux.sessions import Session

# What may stand in the arguments of an error, which are split at commas; clients split the whole at colons.
_ARGUMENT: Final = re.compile(r"[A-Za-z0-9\-_!~()$@ /*.,]{1,255}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was refused, in three parts that are one text in the reply."""

    code: int
    argument: str
    text: str

    def __str__(self) -> str:
        """Return the text of the reply, such as `403:/a/b:Forbidden channel`."""
        argument = self.argument if _ARGUMENT.fullmatch(self.argument) else ""
        return f"{self.code}:{argument}:{self.text}"


def forbidden(channel: Channel) -> Refusal:
    """Return the refusal of a channel that the client may not use."""
    return Refusal(Code.FORBIDDEN_CHANNEL, channel.text, "Forbidden channel")


class Policy(Protocol):
    """
    The decisions of a server's owner, and what it learns about sessions.

    All are called on the server's thread and must be quick. They may call the server, but not its `receive`.
    """

    def may_arrive(self, address: str | None) -> bool:
        """Tell whether one more session, or one more WebSocket, may be opened from an address; None: it is not told."""

    def may_subscribe(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        """Return why a session may not subscribe to a channel or a pattern, or None if it may."""

    def may_publish(self, session: Session, channel: Channel, message: Mapping[str, Any]) -> Refusal | None:
        """Return why a session may not publish on a channel, or None if it may."""

    def subscribed(self, session: Session, channel: Channel) -> None:
        """Learn that a session has subscribed, after the reply was queued. Clients subscribe again as they like."""

    def resumed(self, session: Session) -> None:
        """Learn that a session has another connection after one that broke: what was sent last may be lost."""

    def ended(self, session: Session) -> None:
        """Learn that a session is over, after its subscriptions have been removed."""


class Extension(Protocol):
    """Something that reads or changes messages: of clients, and replies to them. Deliveries are as they are."""

    def incoming(self, session: Session | None, message: dict[str, Any]) -> dict[str, Any] | None:
        """Return the message to be handled; None for one that is dropped without a reply."""

    def outgoing(self, session: Session | None, reply: dict[str, Any], ext: object) -> dict[str, Any] | None:
        """Return the reply to be sent, None for none. `ext` is what the client's message had under that name."""
