"""What is refused, with which number, and what the client is advised to do."""

import json
import re
from typing import Any

import pytest

from outfeed.bayeux import Channel, ConnectionType, Limits, parse
from outfeed.errors import BodyTooLarge
from unit.bayeux_helpers import (
    APolicy,
    AServer,
    a_connect,
    a_disconnect,
    a_handshake,
    a_poll,
    a_publish,
    a_socket,
    a_subscribe,
    fields,
)
from unit.mesh_helpers import DATA

#: As npm `faye` 1.4.3 reads errors (its grammar of a reply's `error`).
ERROR = re.compile(r"\d{3}:[A-Za-z0-9\-_!~()$@ /*.,]*:[A-Za-z0-9\-_!~()$@ /*.]*")
ANEW = {"reconnect": "handshake", "interval": 0, "timeout": 45000}

ROWS = [
    json.loads(line)
    for line in (DATA / "hostile/requests/bayeux.jsonl").read_text(encoding="utf-8").splitlines()
    if line
]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"version": None}, "402:version:Missing required parameter"),
        ({"version": "2.0"}, "300:2.0:Version mismatch"),
        ({"version": "1.0:x"}, "300::Version mismatch"),
        ({"version": 1.0}, "300::Version mismatch"),
        ({"version": "1" * 99}, f"300:{'1' * 99}:Version mismatch"),
        ({"minimumVersion": "1.1"}, "300:1.0:Version mismatch"),
        ({"minimumVersion": "x"}, "300:1.0:Version mismatch"),
        ({"minimumVersion": ["1.0"]}, "300:1.0:Version mismatch"),
        ({"supportedConnectionTypes": None}, "402:supportedConnectionTypes:Missing required parameter"),
        ({"supportedConnectionTypes": []}, "402:supportedConnectionTypes:Missing required parameter"),
        ({"supportedConnectionTypes": "websocket"}, "402:supportedConnectionTypes:Missing required parameter"),
        ({"supportedConnectionTypes": ["flash", "x"]}, "301:flash,x:Connection types not supported"),
        ({"supportedConnectionTypes": [{}, 5, None]}, "301::Connection types not supported"),
        (
            {"supportedConnectionTypes": ["x"] * 16 + ["websocket"]},
            f"301:{','.join('x' * 16)}:Connection types not supported",
        ),
    ],
)
def test_a_handshake_that_cannot_succeed_is_not_to_be_tried_again(message: dict[str, Any], error: str) -> None:
    server = AServer()

    reply = server.ask(a_handshake(**message))

    assert (error, False, {"reconnect": "none"}) == (reply["error"], reply["successful"], reply["advice"])
    assert ("1.0", list(ConnectionType), 0) == (reply["version"], reply["supportedConnectionTypes"], len(server.bayeux))


@pytest.mark.parametrize("message", [{"minimumVersion": "1.0"}, {"minimumVersion": "0.9"}, {"version": "1.0.7beta"}])
def test_versions_that_fit_are_let_in(message: dict[str, str]) -> None:
    assert AServer().ask(a_handshake(**message))["successful"]


@pytest.mark.parametrize("make", [a_connect, lambda id_: a_subscribe(id_, "/a"), lambda id_: a_publish(id_, "/a", 1)])
@pytest.mark.parametrize(
    ("id_", "shown"), [("s9", "s9"), ("a:b", ""), ("x" * 100, ""), (7, "7"), (["s1"], ""), ({"$ne": ""}, "")]
)
def test_an_unknown_client_is_to_handshake_anew(make: Any, id_: object, shown: str) -> None:
    server = AServer()
    server.handshake()

    reply = server.ask(make(id_))

    assert (f"401:{shown}:Unknown client", ANEW) == (reply["error"], reply["advice"])
    assert "clientId" not in reply


@pytest.mark.parametrize("id_", [None, ""])
def test_a_message_without_a_client_is_refused(id_: object) -> None:
    reply = AServer().ask(a_subscribe(id_, "/a"))

    assert ("402:clientId:Missing required parameter", None) == (reply["error"], reply.get("advice"))


def test_a_client_that_is_unknown_at_its_end_is_not_to_come_back() -> None:
    reply = AServer().ask(a_disconnect("s9"))

    assert ("401:s9:Unknown client", None) == (reply["error"], reply.get("advice"))


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"connectionType": None}, "402:connectionType:Missing required parameter"),
        ({"connectionType": ""}, "402:connectionType:Missing required parameter"),
        ({"connectionType": "in-process"}, "301:in-process:Connection types not supported"),
        ({"connectionType": ["websocket"]}, "301::Connection types not supported"),
    ],
)
def test_a_connect_over_nothing_that_is_known_is_refused(more: dict[str, object], error: str) -> None:
    server = AServer()

    reply = server.ask(a_connect(server.handshake(), **more))

    assert (error, ANEW) == (reply["error"], reply["advice"])


@pytest.mark.parametrize(
    ("subscription", "error"),
    [
        (None, "402:subscription:Missing required parameter"),
        ([], "402:subscription:Missing required parameter"),
        ("", "405::Invalid channel"),
        ("a", "405:a:Invalid channel"),
        ("/a:b", "405::Invalid channel"),
        (5, "405::Invalid channel"),
        ({"a": 1}, "405::Invalid channel"),
        (["/a", ["/b"]], "405::Invalid channel"),
        (["/a", "/*/b"], "405:/*/b:Invalid channel"),
        ("/meta/**", "403:/meta/**:Forbidden channel"),
        ("/meta/connect", "403:/meta/connect:Forbidden channel"),
        ("/service/x", "403:/service/x:Forbidden channel"),
        ("/forbidden/x", "403:/forbidden/x:Forbidden channel"),
        (["/a", "/forbidden"], "403:/forbidden:Forbidden channel"),
        ([f"/{number}" for number in range(101)], "403::Too many subscriptions"),
    ],
)
def test_a_subscription_is_all_or_nothing(subscription: object, error: str) -> None:
    server = AServer()
    id_ = server.handshake()

    reply = server.ask(a_subscribe(id_, subscription, id=3))

    assert (error, False, 3) == (reply["error"], reply["successful"], reply["id"])
    assert (set(), 0, []) == (server.session(id_).subscriptions, server.bayeux.publish("/a", 1), server.policy.told)


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (None, "402:channel:Missing required parameter"),
        (5, "405::Invalid channel"),
        (["/a"], "405::Invalid channel"),
        ("/**", "405:/**:Invalid channel"),
        ("/a/*", "405:/a/*:Invalid channel"),
        ("/a/../b", "405:/a/../b:Invalid channel"),
        ("/meta/\u017fubscribe", "405::Invalid channel"),
        ("/" + "a" * 10000, "405::Invalid channel"),
        ("/meta", "403:/meta:Forbidden channel"),
        ("/meta/x", "403:/meta/x:Forbidden channel"),
        ("/meta/subscribe/x", "403:/meta/subscribe/x:Forbidden channel"),
        ("/meta/connect/*", "403:/meta/connect/*:Forbidden channel"),
        ("/forbidden/a", "403:/forbidden/a:Forbidden channel"),
    ],
)
def test_a_message_on_a_channel_that_is_none_is_refused(channel: object, error: str) -> None:
    server = AServer()
    id_ = server.listener("/**")

    reply = server.ask(a_publish(id_, channel, 1, subscription="/forbidden/b", connectionType="long-polling"))

    assert (error, False) == (reply["error"], reply["successful"])
    assert ([], 1) == (server.session(id_).queue, len(server.session(id_).subscriptions))


def test_a_message_without_data_is_refused() -> None:
    server = AServer()

    reply = server.ask({"channel": "/a", "clientId": server.handshake()})

    assert reply["error"] == "402:data:Missing required parameter"


@pytest.mark.parametrize("message", [None, 5, "x", [], [{"channel": "/meta/handshake"}]])
def test_what_is_no_message_gets_one_refusal(message: object) -> None:
    assert {"successful": False, "error": "400::Bad request"} == AServer().ask(message)


def test_the_policy_sees_the_name_that_is_subscribed_and_published() -> None:
    """Names are parsed once: there is no other text that dispatch or delivery could look at (CVE-2020-11020)."""
    server = AServer()
    id_ = server.handshake()

    server.send(a_subscribe(id_, ["/a", "/b/*"]), a_publish(id_, "/a", 1))

    asked = [channel for _, channel, _ in server.policy.asked]
    assert ["/a", "/b/*", "/a"] == [channel.text for channel in asked]
    assert set(asked[:2]) == server.session(id_).subscriptions


def test_too_long_a_batch_is_refused_as_one() -> None:
    server = AServer(Limits(max_batch=2))

    assert server.ask_all(*[a_handshake()] * 3) == [{"successful": False, "error": "400::Too many messages"}]
    assert len(server.bayeux) == 0


def test_a_hostile_batch_does_not_even_get_in() -> None:
    messages = next(row["messages"] for row in ROWS if row["name"] == "channel_long")
    limits = Limits()

    with pytest.raises(BodyTooLarge):
        parse(json.dumps(messages), max_bytes=limits.max_message_bytes, max_messages=limits.max_batch)


def filled(value: Any, words: dict[str, str]) -> Any:
    """Put the ids and channels of a test into a row of the corpus."""
    if isinstance(value, str):
        for word, meaning in words.items():
            value = value.replace(word, meaning)
        return value
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return {name: filled(item, words) for name, item in value.items()} if isinstance(value, dict) else value


class PrintersPolicy(APolicy):
    """As a server of printers has it: a printer hears its own channel alone, and says nothing."""

    def _judge(self, session: Any, channel: Any, message: Any) -> Any:
        is_own = channel.text == "/printers/1/command" and "data" not in message
        return None if is_own else super()._judge(session, channel, message)


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_hostile_messages_do_nothing(row: dict[str, Any]) -> None:
    server = AServer(policy=PrintersPolicy(forbidden="/"))
    client, other = server.handshake(), server.handshake()
    victim = server.session(other)
    server.bayeux._subscriptions.add(victim, Channel.parse("/printers/2/command"))
    # The id of another client is a secret, so a forger knows only what looks like one.
    words = {"$CLIENT": client, "$OTHER_CLIENT": "s2x", "$OTHER_CHANNEL": "/printers/2/command"}
    messages = filled(row["messages"], words | {"$OWN_CHANNEL": "/printers/1/command"})
    batch = parse(json.dumps(messages), max_bytes=10**7, max_messages=10**6)

    replies = [reply for on in (a_poll(), a_socket()) for reply in fields(server.send(*batch, on=on).replies)]

    assert {False} == {reply["successful"] for reply in replies}
    assert all(ERROR.fullmatch(reply["error"]) for reply in replies)
    assert (set(), [], 2, True) == (
        server.session(client).subscriptions,
        victim.queue,
        len(server.bayeux),
        victim.is_alive,
    )
