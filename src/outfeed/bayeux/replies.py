"""The parts of replies: what is echoed, what is advised, and the refusals of the protocol itself."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from outfeed.bayeux.channels import MAX_LENGTH, BadChannel, Channel
from outfeed.bayeux.constants import Code, ConnectionType, Reconnect
from outfeed.bayeux.limits import Limits
from outfeed.bayeux.messages import small_id
from outfeed.bayeux.policy import Refusal
from outfeed.bayeux.sessions import Ending, Session

#: The reply to something that is no message at all.
NO_MESSAGE: Final = Refusal(Code.BAD_REQUEST, "", "Bad request")
TOO_MANY_MESSAGES: Final = Refusal(Code.BAD_REQUEST, "", "Too many messages")
ONE_HANDSHAKE: Final = Refusal(Code.BAD_REQUEST, "", "One handshake in a request")
TOO_MANY_SUBSCRIPTIONS: Final = Refusal(Code.FORBIDDEN_CHANNEL, "", "Too many subscriptions")
#: Each could ask for all that is not acknowledged, and one reply would hold it many times.
ONE_CONNECT: Final = Refusal(Code.BAD_REQUEST, "", "One connect in a request")
UNAVAILABLE: Final = Refusal(Code.UNAVAILABLE, "", "Server is full or closing")

# A version of the protocol: its first two numbers count, what may follow does not.
_VERSION: Final = re.compile(r"(\d{1,4})(?:\.(\d{1,4}))?(?:\.[A-Za-z0-9][A-Za-z0-9\-_.]{0,30})?")
_OURS: Final = (1, 0)
#: Most connection types of a handshake that are looked at.
_MOST_TYPES: Final = 16


def start(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the start of a reply: the channel and the id of the message, if they can be echoed."""
    reply: dict[str, Any] = {}
    if is_echoed(message.get("channel")):
        reply["channel"] = message["channel"]
    id_ = small_id(message.get("id"))
    if id_ is not None:
        reply["id"] = id_
    return reply


def is_echoed(value: object) -> bool:
    """Tell whether a name of a channel, well made or not, may stand in a reply."""
    return isinstance(value, str) and len(value) <= MAX_LENGTH and value.isprintable()


def advice(limits: Limits, reconnect: Reconnect, *, type_: object = None, pause: bool = False) -> dict[str, Any]:
    """Return what a client is advised to do. One that receives a stream of events need not wait in a connect."""
    interval_s, timeout_s = limits.pause_s if pause else limits.interval_s, limits.timeout_s
    if type_ == ConnectionType.EVENT_SOURCE:
        interval_s, timeout_s = timeout_s, 0.0
    if reconnect is Reconnect.NONE:
        return {"reconnect": reconnect.value}
    return {"reconnect": reconnect.value, "interval": int(interval_s * 1000), "timeout": int(timeout_s * 1000)}


def missing(name: str) -> Refusal:
    """Return the refusal of a message that lacks a parameter, or has it with a value of no use."""
    return Refusal(Code.MISSING_PARAMETER, name, "Missing required parameter")


def unknown_client(id_: object) -> Refusal:
    """Return the refusal of a client whose id is not, or is no more, known."""
    if id_ is None or id_ == "":
        return missing("clientId")
    return Refusal(Code.UNKNOWN_CLIENT, str(small_id(id_) or ""), "Unknown client")


def bad_channel(value: object) -> Refusal:
    """Return the refusal of what is no name of a channel."""
    if value is None:
        return missing("channel")
    return Refusal(Code.INVALID_CHANNEL, value if isinstance(value, str) else "", "Invalid channel")


def refused_handshake(message: Mapping[str, Any], types: Collection[ConnectionType]) -> Refusal | None:
    """Return why the version or the connection types of a handshake do not fit, or None if they do."""
    offered, version = message.get("supportedConnectionTypes"), message.get("version")
    least = message.get("minimumVersion")
    if version is None:
        return missing("version")
    if not isinstance(offered, list) or not offered:
        return missing("supportedConnectionTypes")
    if _numbers(version)[:1] != _OURS[:1] or (least is not None and not () < _numbers(least) <= _OURS):
        return Refusal(Code.VERSION_MISMATCH, version if isinstance(version, str) else "", "Version mismatch")
    if not common_types(message, types):
        names = ",".join(name for name in offered[:_MOST_TYPES] if isinstance(name, str))
        return Refusal(Code.CONNECTION_TYPES, names, "Connection types not supported")
    return None


def common_types(message: Mapping[str, Any], types: Collection[ConnectionType]) -> list[str]:
    """Return the connection types that a handshake offers and the server has, in the server's order."""
    offered = message["supportedConnectionTypes"][:_MOST_TYPES]
    return [type_.value for type_ in types if type_ in offered]


def refused_connect(message: Mapping[str, Any], types: Collection[ConnectionType]) -> Refusal | None:
    """Return why the connection type of a connect does not fit, or None if it does."""
    type_ = message.get("connectionType")
    if type_ is None or type_ == "":
        return missing("connectionType")
    if type_ in list(types):
        return None
    return Refusal(Code.CONNECTION_TYPES, type_ if isinstance(type_, str) else "", "Connection types not supported")


def named(message: Mapping[str, Any], reply: dict[str, Any], *, most: int) -> list[Channel] | Refusal:
    """
    Return the channels that a message is to subscribe to or to unsubscribe from, each once, or why it names none.

    The reply gets them as they came, if that can be echoed.
    """
    value = message.get("subscription")
    names = value if isinstance(value, list) else [value]
    if len(names) <= most and all(map(is_echoed, names)):
        reply["subscription"] = value
    if value is None or not names:
        return missing("subscription")
    if len(names) > most:
        return TOO_MANY_SUBSCRIPTIONS
    try:
        return list(dict.fromkeys(map(Channel.parse, names)))
    except BadChannel:
        wrong = next(name for name in names if not _is_channel(name))
        return Refusal(Code.INVALID_CHANNEL, wrong if isinstance(wrong, str) else "", "Invalid channel")


def verdict(session: Session, limits: Limits) -> dict[str, Any]:
    """Return what a connect of a session comes to, whether that lives or is over."""
    if session.ending is Ending.DROPPED:
        error = str(unknown_client(session.id))
        return {"successful": False, "error": error, "advice": advice(limits, Reconnect.HANDSHAKE)}
    reconnect = Reconnect.NONE if session.ending is Ending.DISCONNECTED else Reconnect.RETRY
    return {"successful": True, "advice": advice(limits, reconnect, pause=session.ending is Ending.CLOSED)}


def wait_s(message: Mapping[str, Any], limits: Limits) -> float:
    """Return how long a connect may wait, in seconds: as the client advises, and no longer than we let it."""
    wish = message.get("advice")
    wish_ms = wish.get("timeout") if isinstance(wish, dict) else None
    if isinstance(wish_ms, bool) or not isinstance(wish_ms, int | float):
        return limits.timeout_s
    return min(max(wish_ms / 1000, 0.0), limits.timeout_s)


def _numbers(version: object) -> tuple[int, ...]:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return (int(found[1]), int(found[2] or 0)) if found else ()


def _is_channel(name: object) -> bool:
    try:
        Channel.parse(name)
    except BadChannel:
        return False
    return True
