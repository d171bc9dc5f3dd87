"""What an enemy says to the channel: messages that are wrong on purpose, and good ones that were damaged."""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any, Final

Json = dict[str, Any]
Random = random.Random

#: Channels that nobody may have, some of which look as if they were others.
CHANNELS: Final = (
    *("/**", "/*", "/printers/*", "/printers/**", "/printers/*/command", "/**/command", "/meta/**", "/service/x"),
    *("", "/", "//", "printers/0", "/printers/", "/printers//command", "/meta/../printers/0/command", "/a" * 200),
    *("/meta/subscribe/x", "/meta/\u017fubscribe", "/META/subscribe", "/meta/handshake", "/printers/0/command\u0000"),
    *(
        "/printers/0/command ",
        "/printers/\uff11/command",
        "/printers/0/command/../../2/command",
        "/%70rinters/1/command",
    ),
)
#: What keeps the server from holding a poll.
AT_ONCE: Final = {"advice": {"timeout": 0}}
#: Values that are no text, or strange as such.
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1.5, 2**63, 1e308, "", "x", "\u0000", "x" * 500, [], {}, [[]], {"$ne": ""}),
    *([{"a": [None]}], "1.0", "websocket", ["/a", "/b"], "__proto__", {"__proto__": {"a": 1}}),
)
#: Values for which a whole batch may be turned away.
WILD: Final[tuple[Any, ...]] = ("\ud800", "x" * 70_000, 10**400, ["/a"] * 2000)


def hostile(chance: Random, *, own: str, foreign: str, client: str, token: str) -> Json:
    """Return a message that must change nothing for the one whose channel is `foreign`."""
    channel = chance.choice((foreign, foreign, *CHANNELS))
    kinds: tuple[Callable[[], Json], ...] = (
        lambda: {"channel": "/meta/subscribe", "subscription": channel},
        lambda: {"channel": "/meta/subscribe", "subscription": channel, "ext": {"authentication_token": token}},
        lambda: {"channel": "/meta/subscribe", "subscription": [own, channel], "ext": {"authentication_token": token}},
        lambda: {"channel": "/meta/subscribe", "subscription": channel, "ext": chance.choice(VALUES)},
        lambda: {"channel": channel, "data": {"command": "cancel", "forged": True}},
        lambda: {"channel": own, "data": {"command": "cancel", "forged": True}},
        lambda: {"channel": channel},
        lambda: {"channel": "/meta/unsubscribe", "subscription": channel},
        lambda: {"channel": "/meta/connect", "connectionType": chance.choice(VALUES), **AT_ONCE},
        lambda: {"channel": "/meta/connect", "clientId": _guess(chance, client), "connectionType": "long-polling"},
        lambda: {"channel": "/meta/disconnect", "clientId": _guess(chance, client)},
        lambda: {"channel": chance.choice(VALUES), "data": 1},
    )
    return {"clientId": client, "id": str(chance.randrange(1000)), **chance.choice(kinds)()}


def _guess(chance: Random, client: str) -> Any:
    """Return what may be somebody's session, as far as one can tell from one's own."""
    at = chance.randrange(len(client))
    other = chance.choice("0123456789abcdefghijklmnopqrstuvwxyzABCDEF-_".replace(client[at], ""))
    return chance.choice((client[:at] + other + client[at + 1 :], client[::-1] + "x", "0" * 32, *VALUES))


def good(*, own: str, client: str, token: str, connection: str) -> list[Json]:
    """Return what a good printer says."""
    subscribe = {"channel": "/meta/subscribe", "subscription": own, "ext": {"authentication_token": token}}
    return [
        {"channel": "/meta/handshake", "version": "1.0", "supportedConnectionTypes": [connection], "id": "1"},
        {"clientId": client, "id": "2", **subscribe},
        {"clientId": client, "id": "3", "channel": "/meta/connect", "connectionType": connection, **AT_ONCE},
        {"clientId": client, "id": "4", "channel": "/meta/unsubscribe", "subscription": own},
        {"clientId": client, "id": "5", "channel": own, "data": {"a": 1}},
    ]


def damaged(chance: Random, messages: list[Json]) -> str:
    """Return JSON text of some messages in which something is wrong, or which is no JSON any more."""
    chosen: Any = json.loads(json.dumps(chance.sample(messages, chance.randint(1, len(messages)))))
    for _ in range(chance.randint(1, 3)):
        chance.choice((_replaced, _removed, _nested, _swapped))(chance, chosen)
    text = json.dumps(chance.choice((chosen, chosen, chosen[0], {"messages": chosen})))
    return chance.choice((_same, _same, _cut, _flipped, _doubled))(chance, text)


def _replaced(chance: Random, messages: list[Json]) -> None:
    message = chance.choice(messages)
    name = chance.choice([*message, "advice", "ext", "minimumVersion", "error", "successful"])
    message[name] = chance.choice((*VALUES, *WILD, *CHANNELS))


def _removed(chance: Random, messages: list[Json]) -> None:
    message = chance.choice(messages)
    if message:
        del message[chance.choice(list(message))]


def _swapped(chance: Random, messages: list[Json]) -> None:
    one, other = chance.choice(messages), chance.choice(messages)
    if one and other:
        one[chance.choice(list(one))] = chance.choice(list(other.values()))


def _nested(chance: Random, messages: list[Json]) -> None:
    value: Any = 1
    for _ in range(chance.choice((3, 60, 900))):
        value = [value] if chance.random() < 0.5 else {"a": value}
    chance.choice(messages)[chance.choice(("data", "ext", "advice", "subscription"))] = value


def _same(_chance: Random, text: str) -> str:
    return text


def _cut(chance: Random, text: str) -> str:
    return text[: chance.randrange(len(text))]


def _flipped(chance: Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice('{}[]",:\\\u0000\ud8009eN') + text[at + 1 :]


def _doubled(_chance: Random, text: str) -> str:
    return text.replace('"channel"', '"channel": "/meta/handshake", "channel"', 1)


def filled(messages: Any, names: Mapping[str, str]) -> Any:
    """Return a row of the hostile corpus with its names filled in."""
    text = json.dumps(messages)
    for name, value in names.items():
        text = text.replace(f"${name}", value)
    return json.loads(text)
