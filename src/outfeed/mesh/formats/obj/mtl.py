"""MTL, the libraries of materials that OBJ names: read as far as a mesh goes, and written.

Colours are taken for shares of sRGB, as programs that show MTL do; the format itself names no colour space.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from outfeed.mesh.appearance import WHITE, Color, Material

#: Of all libraries of a file; those that are left are not read. Real ones have a few hundred bytes for each material.
MOST_BYTES: Final = 8 << 20

#: Letters of a reference to a file, options included.
LONGEST: Final = 4096

#: What ends names in lines of text, for us or for other programs.
_GAPS: Final = re.compile(r"[\s\x00-\x20\x7f-\x9f]+")
_LINES: Final = re.compile(rb"[^\r\n]+")
_WORD: Final = re.compile(r"(\S+)\s+")
_NUMBERS_OF_A_COLOR: Final = (1, 3)
#: Options of a texture and the most words that each takes.
_OPTIONS: Final = {
    "-blendu": 1,
    "-blendv": 1,
    "-boost": 1,
    "-bm": 1,
    "-cc": 1,
    "-clamp": 1,
    "-imfchan": 1,
    "-mm": 2,
    "-o": 3,
    "-s": 3,
    "-t": 3,
    "-texres": 1,
    "-type": 1,
}
#: Where a texture begins, and how large it is, without a say of its own.
_PLACES: Final = {"-o": 0.0, "-s": 1.0, "-t": 0.0}
#: Beside these, all that begins with `map_` is of this kind.
_SHADING: Final = frozenset(
    {"ka", "ks", "ke", "ns", "ni", "tf", "illum", "sharpness", "bump", "norm", "disp", "decal", "refl"}
    | {"pr", "pm", "ps", "pc", "pcr", "aniso", "anisor"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A texture as a library names it."""

    #: As it is written: a path of any system, with blanks or not.
    reference: str
    clamp: bool = False
    #: Whether it is moved or scaled, so that texture coordinates mean something else.
    moved: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A material as a library has it."""

    color: Color = WHITE
    image: Image | None = None
    #: Whether it says more of the surface than a mesh holds.
    shaded: bool = False


def text_of(data: bytes) -> str:
    """Return text of no stated encoding: UTF-8, or else Latin-1, which takes all."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def plain_name(name: str) -> str:
    """Return a name with one blank for each gap, so that it is one in a line of text."""
    return _GAPS.sub(" ", name.encode("utf-8", "replace").decode()).strip()


def parse(data: bytes, wanted: Collection[str]) -> dict[str, Entry]:
    """Return the materials of a library that are wanted, by plain name; of two with one name, the later."""
    found: dict[str, Entry] = {}
    name, solid = None, False
    for word, rest in _statements(data):
        if word == "newmtl":
            name, solid = plain_name(rest), False
            if name in wanted:
                found[name] = Entry()
        elif name in found:
            # `Tr` is the other way round, and some programs write it the same way round: `d` is believed.
            if not (word == "tr" and solid):
                found[name] = _with(found[name], word, rest)
            solid |= word == "d"
    return found


def _statements(data: bytes) -> Iterator[tuple[str, str]]:
    for line in _LINES.finditer(data.removeprefix(b"\xef\xbb\xbf")):
        word, _, rest = text_of(line[0].strip().replace(b"\t", b" ")).partition(" ")
        yield word.lower(), rest.strip()


def _with(entry: Entry, word: str, rest: str) -> Entry:
    """Return the entry with what one line says of it; what cannot be understood says nothing."""
    if word == "map_kd":
        return replace(entry, image=(_image(rest) if len(rest) <= LONGEST else None) or entry.image)
    if word in {"d", "tr"}:
        share = _number(rest.removeprefix("-halo").strip())
        opacity = None if share is None else _byte(share if word == "d" else 1 - share)
        return entry if opacity is None else replace(entry, color=(*entry.color[:3], opacity))
    if word == "kd":
        return _with_color(entry, rest.split(maxsplit=3))
    return replace(entry, shaded=True) if word in _SHADING or word.startswith("map_") else entry


def _with_color(entry: Entry, words: Sequence[str]) -> Entry:
    shares = [share for share in map(_number, words[:3]) if share is not None]
    if len(shares) not in _NUMBERS_OF_A_COLOR:
        return replace(entry, shaded=True)  # by a curve over wavelengths, or in CIE XYZ
    red, green, blue = map(_byte, shares * (3 // len(shares)))
    return replace(entry, color=(red, green, blue, entry.color[3]))


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _byte(share: float) -> int:
    return round(255 * min(max(share, 0.0), 1.0))


def _image(text: str) -> Image | None:
    """Return what follows `map_Kd`: options, then a name that may have blanks."""
    at, clamp, moved = 0, False, False
    while (option := _WORD.match(text, at)) and option[1].lower() in _OPTIONS:
        word = option[1].lower()
        at, arguments = _arguments(text, option.end(), _OPTIONS[word])
        clamp |= word == "-clamp" and arguments == ["on"]
        moved |= word in _PLACES and any(_number(argument) != _PLACES[word] for argument in arguments)
    reference = text[at:].strip().strip('"')
    return Image(reference=reference, clamp=clamp, moved=moved) if reference else None


def _arguments(text: str, at: int, most: int) -> tuple[int, list[str]]:
    """Return where the arguments of an option end, and them; the second and third of three are numbers or not there."""
    found: list[str] = []
    while len(found) < most and (word := _WORD.match(text, at)) and (not found or _number(word[1]) is not None):
        found.append(word[1])
        at = word.end()
    return at, found


def _shortest(value: int) -> str:
    texts = (f"{value / 255:.{digits}f}" for digits in range(4))
    return next(text for text in texts if _byte(float(text)) == value)


#: The fewest digits that are read as 0 to 255 again: three behind the point are enough.
SHARES: Final = tuple(map(_shortest, range(256)))


def written_names(names: Iterable[str]) -> list[str]:
    """
    Return names that lines of OBJ and MTL hold, no two alike.

    Plain ones that differ stay: what was written by this and read keeps its names. A backslash at the end would join
    the line with the next.
    """
    given = list(names)
    plain = [_without_joint(plain_name(name)) for name in given]
    # Who has a name already keeps it before those who would get it; of several, the first.
    unchanged = {name: i for i, name in reversed(list(enumerate(plain))) if name == given[i]}
    keepers = {name: i for i, name in reversed(list(enumerate(plain)))} | unchanged
    taken, counts = set(plain), dict.fromkeys(plain, 1)
    for i, name in enumerate(plain):
        while keepers[name] != i and plain[i] in taken:
            counts[name] += 1
            plain[i] = f"{name}_{counts[name]}"
        taken.add(plain[i])
    return plain


def _without_joint(name: str) -> str:
    return (f"{name.rstrip(chr(92))}_" if name.endswith("\\") else name) or "material"


def library(materials: Sequence[Material], images: Sequence[str]) -> bytes:
    """Return MTL of materials, whose names are plain; `images` names the file of each texture."""
    lines = ["# MTL by Outfeed"]
    for material in materials:
        red, green, blue, opacity = (SHARES[channel] for channel in material.color)
        lines += [f"newmtl {material.name}", f"Kd {red} {green} {blue}"]
        if material.color[3] != WHITE[3]:
            lines.append(f"d {opacity}")
        if material.texture is not None:
            lines.append(f"map_Kd {images[material.texture]}")
    return "".join(f"{line}\n" for line in lines).encode()
