"""The words of Bayeux 1.0, as they stand in messages."""

from enum import StrEnum
from typing import Final

#: The version of the protocol that is spoken.
VERSION: Final = "1.0"


class Meta(StrEnum):
    """The channels of the protocol itself; nothing else below `/meta/` exists."""

    HANDSHAKE = "/meta/handshake"
    CONNECT = "/meta/connect"
    SUBSCRIBE = "/meta/subscribe"
    UNSUBSCRIBE = "/meta/unsubscribe"
    DISCONNECT = "/meta/disconnect"


class ConnectionType(StrEnum):
    """How messages travel."""

    WEBSOCKET = "websocket"
    LONG_POLLING = "long-polling"
    #: The same, as npm `faye` calls it in pages of other origins.
    CROSS_ORIGIN_LONG_POLLING = "cross-origin-long-polling"
    CALLBACK_POLLING = "callback-polling"
    EVENT_SOURCE = "eventsource"

    @property
    def is_stream(self) -> bool:
        """Tell whether messages can be sent at any time; by the others they wait for a poll."""
        return self in {ConnectionType.WEBSOCKET, ConnectionType.EVENT_SOURCE}


class Reconnect(StrEnum):
    """What a client is advised to do next."""

    RETRY = "retry"
    HANDSHAKE = "handshake"
    NONE = "none"


class Code:
    """Numbers of errors, as npm `faye` and CometD give them."""

    VERSION_MISMATCH: Final = 300
    CONNECTION_TYPES: Final = 301
    BAD_REQUEST: Final = 400
    UNKNOWN_CLIENT: Final = 401
    MISSING_PARAMETER: Final = 402
    FORBIDDEN_CHANNEL: Final = 403
    INVALID_CHANNEL: Final = 405
    UNAVAILABLE: Final = 503
