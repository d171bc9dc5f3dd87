"""Bayeux 1.0, the server side: protocol as records and functions, then its transports. Knows nothing of printers."""

from outfeed.bayeux.channels import BadChannel, Channel
from outfeed.bayeux.constants import Code, ConnectionType, Meta, Reconnect
from outfeed.bayeux.exchange import Outcome
from outfeed.bayeux.limits import Limits
from outfeed.bayeux.messages import Message, encode, parse
from outfeed.bayeux.policy import Extension, Policy, Refusal, forbidden
from outfeed.bayeux.server import Bayeux
from outfeed.bayeux.sessions import Connection, Held, Session

__all__ = [
    "BadChannel",
    "Bayeux",
    "Channel",
    "Code",
    "Connection",
    "ConnectionType",
    "Extension",
    "Held",
    "Limits",
    "Message",
    "Meta",
    "Outcome",
    "Policy",
    "Reconnect",
    "Refusal",
    "Session",
    "encode",
    "forbidden",
    "parse",
]
