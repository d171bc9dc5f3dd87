"""Damage to sound files that can be repeated, and what becomes of each: run as a process of its own, which may crash.

`python -m unit.fuzzing FORMAT FIRST LAST`, in the folder of the tests, prints a line of JSON for each damaged file.
"""

import base64
import copy
import io
import json
import random
import re
import resource
import signal
import struct
import sys
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped] # the package ships no types

from outfeed.errors import SourceError, TargetTooSmall
from outfeed.mesh.formats.registry import WRITERS, read_source, write_mesh
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.units import Unit
from unit.mesh_helpers import chance
from unit.seeds import as_glb, companion, parts_of, seeds

LIMITS: Final = ReadLimits(max_triangles=20_000, max_unpacked_bytes=64 << 20, max_pixels=1 << 20)
#: What a process may take besides what it has when it begins.
MOST_MEMORY_BYTES: Final = 1 << 30
#: Seconds after which a process ends that does not get on.
ALARM_S: Final = 60

NUMBERS: Final = (
    *("0", "-1", "1", "2", "3", "255", "65535", "65536", "2147483647", "2147483648", "4294967295", "-2147483649"),
    *("9223372036854775807", "18446744073709551616", "9" * 400, "1e999", "-1e999", "1e308", "1e39", "1e-320", "1e400"),
    *(
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "0x10",
        "1_000",
        "+1",
        ".5",
        "5.",
        "1,5",
        "1e",
        "-",
        "--1",
        "",
        "\u0661",
        "1.0",
        "1/0",
    ),
)
WORDS: Final = (
    "",
    "null",
    "true",
    "x",
    "\x00",
    "\ud7ff",
    "é" * 40,
    "a.png",
    "../a.png",
    "#a",
    "#",
    "%",
    "\\",
    '"',
    "<",
    "&",
)
JSON_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1, 2, 3, 5, 255, 2**16, 2**31, 2**32, 2**53, 2**63, 2**64, 10**400, 0.5, -0.5, 1e308),
    *("", "x", "SCALAR", "VEC3", "MAT4", "OPAQUE", [], {}, [0], [[]], [None], {"x": 1}, [0, 0, 0], [1e308] * 16),
    *("a.png", "data:,", "data:;base64,AAAA", "\ud800"),
)
INTEGERS: Final = (0, 1, 2, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FC00000)
TOKEN: Final = re.compile(
    r"[-+]?[0-9.][0-9.eE+-]*|\"[^\"\n]{0,400}\"|<[^<>\n]{0,400}>|[A-Za-z_][A-Za-z_0-9:.]*|\s+|.", re.DOTALL
)

Dice = random.Random


def mutant(form: str, number: int) -> bytes:
    """Return the damaged file of that number: always the same one."""
    dice = chance(f"{form}-{number}")
    sound = seeds(form)
    data = sound[number % len(sound)]
    for _ in range(dice.choice([1, 1, 1, 2, 3, 8])):
        data = _way(data, dice)(data, dice)
    return data


def _way(data: bytes, dice: Dice) -> Callable[[bytes, Dice], bytes]:
    """Choose a way to damage that suits the file; one of three knows nothing of it."""
    if dice.random() < 1 / 3:
        return _bytes
    if zipfile.is_zipfile(io.BytesIO(data)):
        return _part
    if data[:4] == b"glTF" and len(data) > 28:
        return _glb
    if data.lstrip()[:1] == b"{":
        return _document
    if data.lstrip()[:1] == b"<" and dice.random() < 0.8:
        return _elements
    return _text if len(_readable(data)) > 20 else _bytes


def _readable(data: bytes) -> bytes:
    """Return the text that a file begins with."""
    found = re.match(rb"[\t\n\r -~\x80-\xff]*", data)
    return found[0] if found else b""


def _bytes(data: bytes, dice: Dice) -> bytes:
    """Overwrite, drop, repeat, insert, swap or cut pieces."""
    first = dice.randrange(len(data) + 1)
    last = min(len(data), first + dice.choice([1, 1, 2, 4, 8, 40, 400]))
    middle = data[first:last]
    word = dice.choice(INTEGERS)
    pieces: tuple[Callable[[], bytes], ...] = (
        lambda: dice.randbytes(len(middle)),
        lambda: bytes(byte ^ 1 << dice.randrange(8) for byte in middle[:1]) + middle[1:],
        lambda: b"",
        lambda: middle * dice.choice([2, 3, 50]),
        lambda: middle + dice.randbytes(dice.randrange(1, 12)),
        lambda: word.to_bytes(4, "little") + middle[4:],
        lambda: word.to_bytes(4, "big") + middle[4:],
        lambda: middle[::-1],
    )
    return data[:first] if dice.random() < 0.05 else data[:first] + dice.choice(pieces)() + data[last:]


def _text(data: bytes, dice: Dice) -> bytes:
    """Change, drop, repeat or move words, numbers, tags and lines."""
    text = _readable(data)
    tokens = TOKEN.findall(text.decode("latin-1"))
    solid = [row for row, token in enumerate(tokens) if not token.isspace()]
    if not solid:
        return _bytes(data, dice)
    row, other = dice.choice(solid), dice.choice(solid)
    token = tokens[row]
    ways: tuple[Callable[[], str], ...] = (
        lambda: _other_word(token, dice),
        lambda: _other_word(token, dice),
        lambda: tokens[other],
        lambda: "",
        lambda: f"{token} {token}",
        lambda: f"{token}\n" * dice.choice([2, 300]),
    )
    tokens[row] = dice.choice(ways)()
    if dice.random() < 0.2:
        low, high = sorted((row, other))
        moved = tokens[low : min(high, low + 200)]
        tokens[high:high] = moved
    return "".join(tokens).encode("latin-1", "replace") + data[len(text) :]


def _other_word(token: str, dice: Dice) -> str:
    if token[:1] == "<":
        found = re.findall(r"\"[^\"]*\"", token)
        return (
            token.replace(dice.choice(found), f'"{_other_word("x", dice)}"', 1) if found else token.replace(">", "/>")
        )
    inside = dice.choice(NUMBERS if re.match(r"\"?[-+]?[0-9.]", token) or dice.random() < 0.3 else WORDS)
    return f'"{inside}"' if token[:1] == '"' else inside


def _elements(data: bytes, dice: Dice) -> bytes:
    """Change, drop, repeat or move elements of XML, which stays well-formed."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))
    except (etree.XMLSyntaxError, ValueError):
        return _text(data, dice)
    elements = [item for item in root.iter() if isinstance(item.tag, str)]
    item, other = dice.choice(elements), dice.choice(elements)
    parent = item.getparent()
    ways: list[Callable[[], object]] = [lambda: _other_content(item, dice)] * 4
    if parent is not None:
        ways += [
            lambda: parent.remove(item),
            lambda: parent.extend([copy.deepcopy(item) for _ in range(dice.choice([1, 2, 40]))]),
            lambda: parent.insert(0, copy.deepcopy(other)),
            lambda: item.append(copy.deepcopy(other)),
            lambda: setattr(item, "tag", other.tag),
        ]
    dice.choice(ways)()
    document: bytes = etree.tostring(root)
    return document


def _other_content(item: Any, dice: Dice) -> None:
    """Change an attribute or the text of an element, or one word in it; drop it at times."""
    names = list(item.attrib)
    if names and (dice.random() < 0.7 or not (item.text or "").strip()):
        name = dice.choice(names)
        changed = _other_list(item.get(name), dice)
        if dice.random() < 0.1:
            del item.attrib[name]
        else:
            item.set(name, changed)
    else:
        item.text = _other_list(item.text or "", dice)


def _other_list(text: str, dice: Dice) -> str:
    words = text.split()
    if len(words) > 1 and dice.random() < 0.8:
        words[dice.randrange(len(words))] = dice.choice([dice.choice(NUMBERS), "", dice.choice(words)])
        return " ".join(words[: dice.choice([len(words), len(words), len(words) - 1, len(words) // 2])])
    plain = [word for word in (*NUMBERS, *WORDS) if word.isprintable()]
    return dice.choice([*plain, f"{text}{text}", f"#{text}", text[1:]])


def _document(data: bytes, dice: Dice) -> bytes:
    """Change, drop or repeat members of a document, or what is packed in one of them."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _text(data, dice)
    holders = list(_holders(document))
    if not holders:
        return _text(data, dice)
    holder, key = dice.choice(holders)
    value = holder[key]
    if isinstance(value, str) and value.startswith("data:") and dice.random() < 0.7:
        head, _, body = value.partition(",")
        damaged = _bytes(base64.b64decode(body + "==", validate=False), dice)
        holder[key] = f"{head},{base64.b64encode(damaged).decode()}"
    elif dice.random() < 0.15:
        del holder[key]
    elif isinstance(value, list) and dice.random() < 0.3:
        holder[key] = value * dice.choice([0, 2, 40])
    elif isinstance(value, int) and dice.random() < 0.5:
        holder[key] = value + dice.choice([-1, 1, -4, 4, 1000])
    else:
        holder[key] = dice.choice([*JSON_VALUES, dice.choice(holders)[0]])
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):  # it holds itself
        return _text(data, dice)


def _holders(value: Any) -> list[tuple[Any, Any]]:
    """Return each place where a document holds a value."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left and len(found) < 5000:
        item = left.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else []
        found += [(item, key) for key in keys]
        left += [item[key] for key in keys]
    return found


def _glb(data: bytes, dice: Dice) -> bytes:
    """Damage one of the chunks and repair the lengths around it."""
    try:
        document, binary = parts_of(data)
    except (ValueError, LookupError, struct.error):
        return _bytes(data, dice)
    if dice.random() < 0.6:
        return as_glb(_document(json.dumps(document).encode(), dice), binary)
    return as_glb(json.dumps(document).encode(), _bytes(binary, dice))


def _part(data: bytes, dice: Dice) -> bytes:
    """Damage one of the files of an archive, or its name, and pack all of them again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(item.filename, archive.read(item)) for item in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, struct.error, LookupError, ValueError, RuntimeError, OSError, EOFError):
        return _bytes(data, dice)
    if not parts:
        return _bytes(data, dice)
    # Most of the files of a package are small and of no account.
    row = (
        max(range(len(parts)), key=lambda row: len(parts[row][1]))
        if dice.random() < 0.6
        else dice.randrange(len(parts))
    )
    name, inside = parts[row]
    parts[row] = (name, _way(inside, dice)(inside, dice)) if dice.random() < 0.95 else (f"x{name}", inside)
    if dice.random() < 0.05:
        parts = parts[:row] + parts[row + 1 :] or parts
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def outcome(form: str, data: bytes) -> str:
    """Return the number of triangles or the code of the refusal; anything else is raised."""
    try:
        source = SourceFile(content=data, companion=companion)
        reading = read_source(source, format=form, unitless=Unit.MILLIMETRE, limits=LIMITS)
    except SourceError as error:
        if type(error) in {SourceError, TargetTooSmall} or not str(error):
            raise AssertionError(f"a refusal without a reason of its own: {error!r}") from error
        return error.code
    mesh = check(reading.mesh)
    if not 1 <= len(mesh.faces) <= LIMITS.max_triangles:
        raise AssertionError(f"{len(mesh.faces)} triangles")
    for name in WRITERS:
        _write_twice(mesh, name)
    return f"{len(mesh.faces)} triangles"


def _write_twice(mesh: Mesh, name: str) -> None:
    once = _written(mesh, name)
    if once is None:
        return
    source = SourceFile(content=once)
    limits = ReadLimits()
    back = read_source(source, format=WRITERS[name].reader, unitless=Unit.MILLIMETRE, limits=limits).mesh
    if once != _written(back, name):
        raise AssertionError(f"{name} is written otherwise the second time")


def _written(mesh: Mesh, name: str) -> bytes | None:
    out = io.BytesIO()
    try:
        write_mesh(mesh, out, format=name, unitless=Unit.MILLIMETRE)
    except TargetTooSmall:
        return None
    return out.getvalue()


def _peak_mib() -> int:
    """Return the most memory that this program has held; `getrusage` also counts what its starter held before."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def main(form: str, first: int, last: int) -> None:
    """Print number, outcome or what was raised, seconds and memory; the number first, so that a crash is known."""
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY_BYTES, resource.RLIM_INFINITY))
    for number in range(first, last):
        data = mutant(form, number)
        sys.stdout.write(f"{number} ")
        sys.stdout.flush()
        # A signal that nobody handles: it ends what does not come back from native code, too.
        signal.alarm(ALARM_S)
        began = time.process_time()
        try:
            said, wrong = outcome(form, data), ""
        except BaseException:  # noqa: BLE001 whatever is raised here is a defect, and is shown
            said, wrong = "wrong", traceback.format_exc(limit=-6)
        peak = _peak_mib()
        took = round(time.process_time() - began, 2)
        sys.stdout.write(json.dumps({"outcome": said, "wrong": wrong, "took_s": took, "peak_mib": peak}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
