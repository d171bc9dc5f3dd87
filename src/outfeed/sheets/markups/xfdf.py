"""
Markups from XFDF (ISO 19444-1), which programs for PDF write comments as.

An annotation becomes a markup of one shape; those that the file says are one group become the shapes of one markup,
and answers its replies. What nobody has drawn (links, attached files, sounds, what is hidden) is left out, and said.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from outfeed.errors import InvalidField, MissingField
from outfeed.sheets.markups.fields import MOST_NAME, MOST_TEXT, writable
from outfeed.sheets.markups.model import MOST_REPLIES, MOST_SHAPES, Markup, Reply
from outfeed.sheets.markups.shapes import Shape, parse_shape
from outfeed.sheets.markups.words import ENDINGS, ICONS, STAMPS
from outfeed.sheets.markups.xfdf_feed import Found, annotations
from outfeed.sheets.model import Loss

#: Pages of a file that a markup may be on.
MOST_PAGES: Final = 1_000_000

_NUMBER: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_DATE: Final = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z|([-+])(\d\d)'?(\d\d)?)?'?.*")
_SIZE: Final = re.compile(r"([\d.]+)\s+Tf\b")
_STYLE_SIZE: Final = re.compile(r"font(?:-size)?:[^;]*?([\d.]+)pt")
_STYLE_COLOR: Final = re.compile(r"(?:^|[;\s])color:\s*(#[0-9A-Fa-f]{6})")
_RGB: Final = {mark: re.compile(rf"([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+{mark}\b") for mark in ("rg", "RG")}
#: Characters of a style that are looked at.
_MOST_STYLE: Final = 1_000
#: A name of this form is ours, for what has none.
_OURS: Final = re.compile(r"xfdf-\d+")

_ENDINGS: Final = {word: ending for ending, word in ENDINGS.items()}
_ICONS: Final = {word: icon for icon, word in ICONS.items()}
_STAMPS: Final = {word: label for label, word in STAMPS.items()}
_ALIGNS: Final = {"centered": "center", "center": "center", "right": "right"}


def read_xfdf(data: bytes, *, now: int = 0) -> tuple[list[tuple[int, Markup]], tuple[Loss, ...]]:
    """
    Return the markups of a file, each after the index of its page, in the file's order; and what was left out.

    Parameters
    ----------
    now
        The time of what has none, in milliseconds since 1970-01-01 UTC.

    Raises
    ------
    SourceDamaged
        If it is not well-formed, declares a document type, or is no XFDF; or has more than 20,000 annotations.
    """
    reader = _Reader(annotations(data), now)
    return reader.markups(), reader.losses()


class _Reader:
    """Makes markups of annotations."""

    def __init__(self, found: list[Found], now: int) -> None:
        self._found, self._now = found, now
        self._lost: dict[tuple[str, str], int] = {}
        #: Rows of annotations by their names: the first that has one.
        self._rows: dict[str, int] = {}
        self._names: list[str] = []
        for row, one in enumerate(found):
            name = writable(one.get("name")).replace("\n", " ").strip()[:MOST_NAME]
            if not name or name in self._rows or _OURS.fullmatch(name):
                name = f"xfdf-{row}"
            self._rows[name] = row
            self._names.append(name)

    def markups(self) -> list[tuple[int, Markup]]:
        """Return all of them."""
        roots = self._roots()
        shapes: dict[int, list[Shape]] = {}
        replies: dict[int, list[Reply]] = {}
        for row in sorted(range(len(self._found)), key=lambda row: roots[row] != row):
            root, one = roots[row], self._found[row]
            if root == row or one.get("replyType") == "group":
                self._add_shape(shapes, root, one, is_root=root == row)
            elif root in shapes:
                self._add_reply(replies, root, row)
            else:
                self._lose(one.tag, "It answers to an annotation that was left out.")
        return [self._markup(row, shapes[row], replies.get(row, [])) for row in sorted(shapes)]

    def losses(self) -> tuple[Loss, ...]:
        """Return what was left out."""
        return tuple(Loss(what=what, why=why, count=count) for (what, why), count in self._lost.items())

    def _lose(self, what: str, why: str) -> None:
        key = (writable(what)[:MOST_NAME], why)
        if key not in self._lost and len(self._lost) >= 100:  # noqa: PLR2004 as many as somebody reads
            key = ("annotations", "They were left out for other reasons.")
        self._lost[key] = self._lost.get(key, 0) + 1

    def _roots(self) -> list[int]:
        """Return for each annotation the row of the one that its chain of answers begins with, its own if none."""
        roots: list[int | None] = [None] * len(self._found)
        for row in range(len(self._found)):
            chain, here = [], row
            while roots[here] is None:
                roots[here] = here  # one that answers to itself in the end is a beginning
                chain.append(here)
                above = self._rows.get(self._found[here].get("inreplyto").strip())
                if above is None or self._page(self._found[above]) != self._page(self._found[here]):
                    break
                here = above
            top = roots[here]
            for passed in chain:
                roots[passed] = top
        return [row if root is None else root for row, root in enumerate(roots)]

    def _page(self, one: Found) -> int | None:
        text = one.get("page").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 and int(text) < MOST_PAGES else None  # noqa: PLR2004 digits

    def _add_shape(self, shapes: dict[int, list[Shape]], root: int, one: Found, *, is_root: bool) -> None:
        if not is_root and root not in shapes:
            self._lose(one.tag, "It is of a group whose first annotation was left out.")
        elif len(shapes.get(root, ())) == MOST_SHAPES:
            self._lose(one.tag, f"A group has at most {MOST_SHAPES} shapes.")
        else:
            shape = self._shape(one)
            if shape is not None:
                shapes.setdefault(root, []).append(shape)

    def _shape(self, one: Found) -> Shape | None:
        kind = KINDS.get(one.tag)
        if kind is None or one.get("statemodel"):
            self._lose(one.tag, "It is nothing that is drawn.")
        elif {"hidden", "noview"} & set(one.get("flags").replace(",", " ").split()):
            self._lose(one.tag, "It is hidden.")
        elif self._page(one) is None:
            self._lose(one.tag, "It is on no page.")
        else:
            return self._parsed(one, kind)
        return None

    def _parsed(self, one: Found, kind: Callable[[Found], dict[str, Any]]) -> Shape | None:
        try:
            shape = parse_shape(_common(one) | kind(one), one.tag)
        except (InvalidField, MissingField) as error:
            self._lose(one.tag, error.detail)
            return None
        if one.has_appearance:
            self._lose("appearance", f"The picture that a {one.tag} brings is not kept; it looks as ours do.")
        return shape

    def _add_reply(self, replies: dict[int, list[Reply]], root: int, row: int) -> None:
        one = self._found[row]
        if one.get("statemodel"):
            self._lose(one.tag, "It says a state, such as accepted.")
            return
        known = replies.setdefault(root, [])
        if len(known) == MOST_REPLIES:
            self._lose(one.tag, f"A markup has at most {MOST_REPLIES} replies.")
            return
        created, modified = self._times(one)
        known.append(
            Reply(id=self._names[row], author=_author(one), text=_text(one), created_at=created, modified_at=modified)
        )

    def _markup(self, row: int, shapes: list[Shape], replies: list[Reply]) -> tuple[int, Markup]:
        one = self._found[row]
        created, modified = self._times(one)
        markup = Markup(
            id=self._names[row],
            author=_author(one),
            created_at=created,
            modified_at=modified,
            shapes=tuple(shapes),
            replies=tuple(replies),
        )
        return self._page(one) or 0, markup

    def _times(self, one: Found) -> tuple[int, int]:
        modified = _milliseconds(one.get("date"))
        created = _milliseconds(one.get("creationdate"))
        first = created if created is not None else modified if modified is not None else self._now
        return first, first if modified is None else modified


def _author(one: Found) -> str:
    return writable(one.get("title"))[:MOST_NAME]


def _text(one: Found) -> str:
    return writable(one.text("contents") or one.text("contents-richtext"))[:MOST_TEXT]


def _milliseconds(text: str) -> int | None:
    """Return a date of PDF, None if it is none."""
    found = _DATE.fullmatch(text.strip()[:40])
    if found is None:
        return None
    year, month, day, hour, minute, second = (
        int(part or least) for part, least in zip(found.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    offset = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    try:
        zone = timezone(-offset if found[7] == "-" else offset)
        when = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        milliseconds = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
    return max(0, milliseconds)


def _numbers(text: str) -> list[Any]:
    """Return the numbers of a list with commas or semicolons; what is none stays as it is, and is refused later."""
    parts = re.split(r"[,;]", text.strip().rstrip(";,")) if text.strip() else []
    return [float(part) if _NUMBER.fullmatch(part) and len(part) < 100 else part for part in parts]  # noqa: PLR2004 digits


def _points(text: str) -> list[list[Any]]:
    values = _numbers(text)
    return [values[row : row + 2] for row in range(0, len(values), 2)]


def _quads(text: str) -> list[list[Any]]:
    values = _numbers(text)
    return [values[row : row + 8] for row in range(0, len(values), 8)]


def _common(one: Found) -> dict[str, Any]:
    """Return what every annotation may say. Where it says no colour, nothing is drawn."""
    given: dict[str, Any] = {
        "stroke": one.attributes.get("color"),
        "fill": one.attributes.get("interior-color"),
        "text": _text(one),
        "subject": writable(one.get("subject"))[:MOST_NAME],
    }
    for name in ("opacity", "width"):
        if name in one.attributes:
            given[name] = next(iter(_numbers(one.get(name))), "")
    if one.get("style") == "dash" or (one.get("style") == "cloudy" and "dashes" in one.attributes):
        given["dash"] = _numbers(one.get("dashes")) or [3.0]
    return given


def _rect(one: Found) -> list[Any]:
    """Return the rectangle of the shape itself: that of the annotation without what is around it."""
    values, around = _numbers(one.get("rect")), _numbers(one.get("fringe"))
    if len(values) != 4 or not all(isinstance(value, float) for value in values):  # noqa: PLR2004 sides
        return values
    x0, y0, x1, y1 = values
    sides = [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]
    if len(around) == 4 and all(isinstance(value, float) for value in around):  # noqa: PLR2004 sides
        left, bottom, right, top = around
        sides = [sides[0] + left, sides[1] + bottom, sides[2] - right, sides[3] - top]
    return sides


def _ends(one: Found) -> list[str]:
    return [_ENDINGS.get(one.get(name), "none") for name in ("head", "tail")]


def _line(one: Found) -> dict[str, Any]:
    given: dict[str, Any] = {"points": [_numbers(one.get("start")), _numbers(one.get("end"))], "ends": _ends(one)}
    if one.get("IT") != "LineDimension":
        return {"kind": "line", **given}
    return {"kind": "dimension", **given, "offset": next(iter(_numbers(one.get("leaderLength"))), 0.0)}


def _polyline(one: Found) -> dict[str, Any]:
    return {"kind": "polyline", "points": _points(one.text("vertices")), "ends": _ends(one)}


def _cloud(one: Found) -> dict[str, Any]:
    return {"cloud": next(iter(_numbers(one.get("intensity"))), 1.0)} if one.get("style") == "cloudy" else {}


def _polygon(one: Found) -> dict[str, Any]:
    return {"kind": "polygon", "points": _points(one.text("vertices")), **_cloud(one)}


def _square(one: Found) -> dict[str, Any]:
    return {"kind": "rectangle", "rect": _rect(one), **_cloud(one)}


def _circle(one: Found) -> dict[str, Any]:
    return {"kind": "ellipse", "rect": _rect(one), **_cloud(one)}


def _ink(one: Found) -> dict[str, Any]:
    return {"kind": "ink", "strokes": [_points(gesture) for gesture in one.texts.get("gesture", [])]}


def _text_mark(kind: str) -> Callable[[Found], dict[str, Any]]:
    return lambda one: {"kind": kind, "quads": _quads(one.get("coords"))}


def _free_text(one: Found) -> dict[str, Any]:
    """Return a text box. Its colour is that of its inside; lines have the one of strokes, or that of the text."""
    default, style = one.text("defaultappearance")[:_MOST_STYLE], one.text("defaultstyle")[:_MOST_STYLE]
    size = _STYLE_SIZE.search(style) or _SIZE.search(default)
    written, shown = _color_in(default, "rg"), _STYLE_COLOR.search(style)
    given: dict[str, Any] = {
        "kind": "text_box",
        "rect": _rect(one),
        "callout": _points(one.get("callout")),
        "ending": _ENDINGS.get(one.get("head"), "none"),
        "stroke": _color_in(default, "RG") or written or "#000000",
        "fill": one.attributes.get("color"),
        "text_color": shown[1] if shown else written or "#000000",
        "align": _ALIGNS.get(one.get("justification"), "left"),
        "turn": {90: 90, 180: 180, 270: 270}.get(_whole(one.get("rotation")) % 360, 0),
    }
    if size is not None and _NUMBER.fullmatch(size[1]) and 1 <= float(size[1]) <= 1000:  # noqa: PLR2004 as text boxes have them
        given["font_size"] = float(size[1])
    return given


def _whole(text: str) -> int:
    value = next(iter(_numbers(text)), 0.0)
    return round(value) if isinstance(value, float) and abs(value) < 1e6 else 0  # noqa: PLR2004 turns


def _color_in(appearance: str, mark: str) -> str | None:
    """Return the colour that an appearance sets for what is filled (`rg`) or for lines (`RG`)."""
    found = _RGB[mark].search(appearance)
    if found is None or not all(_NUMBER.fullmatch(share) for share in found.groups()):
        return None
    return "#" + "".join(f"{round(255 * min(1.0, float(share))):02x}" for share in found.groups())


def _note(one: Found) -> dict[str, Any]:
    sides = _rect(one)
    return {"kind": "note", "at": [*sides[:1], *sides[3:4]], "icon": _ICONS.get(one.get("icon"), "note")}


def _stamp(one: Found) -> dict[str, Any]:
    icon = writable(one.get("icon")).replace("\n", " ")
    label = _STAMPS.get(icon) or icon or "Draft"
    turn = {90: 90, 180: 180, 270: 270}.get(_whole(one.get("rotation")) % 360, 0)
    return {"kind": "stamp", "rect": _rect(one), "label": label[:MOST_NAME], "turn": turn}


def _caret(one: Found) -> dict[str, Any]:
    return {"kind": "caret", "rect": _rect(one)}


#: What reads the annotations that become shapes.
KINDS: Final[dict[str, Callable[[Found], dict[str, Any]]]] = {
    "line": _line,
    "polyline": _polyline,
    "polygon": _polygon,
    "square": _square,
    "circle": _circle,
    "ink": _ink,
    "highlight": _text_mark("highlight"),
    "underline": _text_mark("underline"),
    "strikeout": _text_mark("strikeout"),
    "squiggly": _text_mark("squiggly"),
    "freetext": _free_text,
    "text": _note,
    "stamp": _stamp,
    "caret": _caret,
}
