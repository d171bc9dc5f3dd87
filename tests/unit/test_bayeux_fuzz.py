"""Whatever a client sends, it gets replies that can be sent, and no more than that happens."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from outfeed.bayeux import ConnectionType, Limits, encode
from unit.bayeux_helpers import AConnection, AServer

ERROR = re.compile(r"\d{3}:[A-Za-z0-9\-_!~()$@ /*.,]*:[A-Za-z ]+")
#: What `parse` lets in.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
CHANNELS = st.sampled_from(
    [
        "/meta/handshake",
        "/meta/connect",
        "/meta/subscribe",
        "/meta/unsubscribe",
        "/meta/disconnect",
        "/a",
        "/*",
        "/meta/x",
    ]
)
WORDS = st.sampled_from(["1.0", "websocket", "long-polling", "eventsource", "/a", "/a/*", "s1", "s2", ["/a", "/b"], 0])
KEYS = ["channel", "clientId", "id", "version", "minimumVersion", "supportedConnectionTypes", "connectionType"]
MESSAGES = st.fixed_dictionaries(
    {"channel": CHANNELS, "clientId": st.sampled_from(["s1", "s2", "s9"])},
    optional=dict.fromkeys([*KEYS[2:], "subscription", "data", "advice", "ext"], WORDS | JUNK),
)
BATCHES = st.lists(MESSAGES | st.dictionaries(st.sampled_from(KEYS), JUNK) | JUNK, max_size=6)
TYPES = st.sampled_from(list(ConnectionType))


@given(st.lists(st.tuples(BATCHES, TYPES), min_size=1, max_size=5))
def test_nothing_that_a_client_sends_is_an_accident(batches: list[tuple[list[Any], ConnectionType]]) -> None:
    server = AServer(Limits(max_guests=3, max_queue=3))
    server.listener("/a", "/b/*")
    server.handshake(ext={"ack": True})

    for batch, type_ in batches:
        outcome = server.send(*batch, on=AConnection(type_))
        sent = [dict(message.fields) for message in outcome.replies if "successful" in message.fields]
        data = [message for message in outcome.replies if "data" in message.fields and "error" not in message.fields]

        assert len(sent) - len(batch) in range(-1, 2)
        assert all(ERROR.fullmatch(reply["error"]) for reply in sent if not reply["successful"])
        assert len(data) <= 3 * len(batch)
        assert len(outcome.replies) == len(json.loads(encode(outcome.replies)))

    assert len(server.bayeux) <= 3
    assert all(session.waiting <= 3 for session in server.bayeux._registry)
