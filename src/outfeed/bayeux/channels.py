"""Names of channels: parsed once, so that dispatch, authorisation and delivery see one and the same name."""

import re
from dataclasses import dataclass
from typing import Final, Self

MAX_LENGTH: Final = 255
MAX_DEPTH: Final = 16

# The grammar of Bayeux 1.0: segments of these ASCII characters; in patterns the last segment is `*` or `**`.
_SEGMENT: Final = r"/[A-Za-z0-9\-_!~()$@]+"
_NAME: Final = re.compile(rf"(?:{_SEGMENT})+")
_PATTERN: Final = re.compile(rf"(?:{_SEGMENT})*/\*\*?")


class BadChannel(ValueError):
    """A value of a message is no name of a channel."""


@dataclass(frozen=True, slots=True)
class Channel:
    """The name of a channel, or a pattern of names, that keeps to the grammar."""

    #: The whole name: it starts with a slash.
    text: str

    @classmethod
    def parse(cls, value: object) -> Self:
        """
        Return the channel that a value of a message names.

        Raises
        ------
        BadChannel
            If it is no text, keeps not to the grammar, is longer than 255 characters or deeper than 16 segments.
        """
        if not isinstance(value, str) or len(value) > MAX_LENGTH or value.count("/") > MAX_DEPTH:
            raise BadChannel("No text, too long or too deep.")
        if not (_NAME.fullmatch(value) or _PATTERN.fullmatch(value)):
            raise BadChannel("Not as the grammar has it.")
        return cls(value)

    def __str__(self) -> str:
        """Return the name."""
        return self.text

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the name between its slashes."""
        return tuple(self.text[1:].split("/"))

    @property
    def is_meta(self) -> bool:
        """Whether the name is kept for the protocol itself."""
        return self.segments[0] == "meta"

    @property
    def is_service(self) -> bool:
        """Whether the name is kept for messages from a client to the server alone."""
        return self.segments[0] == "service"

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many channels."""
        return self.text.endswith("*")

    def matches(self, channel: "Channel") -> bool:
        """Tell whether this is `channel`, or a pattern of it. No pattern is one of `/meta/` or `/service/`."""
        return self.text == channel.text or self.text in channel.patterns()

    def patterns(self) -> list[str]:
        """Return all patterns of this channel: one for its own level, and one for each level above."""
        if self.is_pattern or self.is_meta or self.is_service:
            return []
        heads = ["/".join(("", *self.segments[:depth])) for depth in range(len(self.segments))]
        return [f"{heads[-1]}/*", *(f"{head}/**" for head in heads)]
