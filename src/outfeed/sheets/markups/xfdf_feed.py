"""XFDF as a list of annotations: what stands in their attributes and in the elements inside of them."""

from dataclasses import dataclass, field
from typing import Final

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats import xmls

#: Of one file.
MOST_ANNOTATIONS: Final = 20_000
#: Elements inside of an annotation whose text counts.
_TEXTS: Final = frozenset({"contents", "contents-richtext", "vertices", "gesture", "defaultappearance", "defaultstyle"})
#: Elements of rich text that begin a line.
_LINES: Final = frozenset({"p", "div", "br", "li"})
#: Stands where one begins; XML has no such character.
_BREAK: Final = "\v"


@dataclass(kw_only=True, slots=True)
class Found:
    """An annotation as it stands in the file."""

    tag: str
    attributes: dict[str, str]
    #: By the element's name; each as often as it is there.
    texts: dict[str, list[str]] = field(default_factory=dict)
    #: Whether it brings a picture of its own.
    has_appearance: bool = False

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def text(self, name: str) -> str:
        """Return the text of the first element with a name; empty where there is none."""
        return self.texts.get(name, [""])[0]


def annotations(data: bytes) -> list[Found]:
    """
    Return the annotations of a file, in its order.

    Raises
    ------
    SourceDamaged
        If it is no XFDF, or has more than `MOST_ANNOTATIONS`.
    """
    feed = _Feed()
    xmls.parse(data, start=feed.start, end=feed.end, text=feed.text)
    return feed.found


class _Feed:
    """Hears the parser."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self._open: list[str] = []
        #: The element whose text is heard: how deep it is, its name, and its text so far.
        self._heard: tuple[int, str, list[str]] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = name.rpartition(":")[2]
        self._open.append(tag)
        if self._open[0] != "xfdf":
            raise SourceDamaged("Its outermost element is not that of XFDF.")
        if self._open[1:2] != ["annots"]:
            return
        depth = len(self._open)
        if depth == 3:  # noqa: PLR2004 xfdf, annots, and an annotation
            self._add(Found(tag=tag, attributes=attributes))
        elif depth > 3 and "popup" not in self._open[3:]:  # noqa: PLR2004 as above
            self._begin(tag, depth)

    def _add(self, found: Found) -> None:
        if len(self.found) == MOST_ANNOTATIONS:
            raise SourceDamaged(f"It has more than {MOST_ANNOTATIONS} annotations.")
        self.found.append(found)

    def _begin(self, tag: str, depth: int) -> None:
        if self._heard is not None:
            if tag in _LINES:
                self._heard[2].append(_BREAK)
        elif tag in _TEXTS:
            self._heard = (depth, tag, [])
        elif tag == "appearance":
            self.found[-1].has_appearance = True

    def end(self, _name: str) -> None:
        """Close an element."""
        if self._heard is not None and self._heard[0] == len(self._open):
            _, tag, pieces = self._heard
            whole = "".join(pieces)
            self.found[-1].texts.setdefault(tag, []).append(_plain(whole) if tag == "contents-richtext" else whole)
            self._heard = None
        self._open.pop()

    def text(self, piece: str) -> None:
        """Add text."""
        if self._heard is not None:
            self._heard[2].append(piece)


def _plain(text: str) -> str:
    """Return rich text as lines: blanks are what browsers make of them."""
    return "\n".join(" ".join(line.split()) for line in text.split(_BREAK)).strip("\n")
