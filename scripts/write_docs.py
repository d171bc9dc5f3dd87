"""Rewrites what the code knows in the documents: all that stands between `<!-- begin: NAME -->` and its end.

`make docs` runs it. `tests/unit/test_docs.py` fails when running it would change anything.
"""

import inspect
import json
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from docs_benchmarks import benchmark, channel_benchmark
from docs_commands import commands
from docs_tables import table

from outfeed import errors
from outfeed.dialects.aps.auth_errors import ANSWERS as SIGN_IN
from outfeed.dialects.aps.oss_errors import STATUS as OSS
from outfeed.dialects.autodesk.gateway import ANSWERS as GATEWAY
from outfeed.dialects.spark import constants as spark
from outfeed.dialects.spark.constants import Operation, Reason
from outfeed.dialects.spark.errors import STATUS as SPARK
from outfeed.identity.scopes import SCOPES
from outfeed.mesh.analyze import Analysis, Parts, Rims
from outfeed.mesh.formats.listing import in_order, pairs
from outfeed.mesh.formats.registry import EXPORTER_VERSION, KNOWN_UNREAD, READERS, WRITERS
from outfeed.mesh.traits import Trait
from outfeed.printdb import PrintDb
from outfeed.scene.registry import SCENE_READERS
from outfeed.settings import described, env_name
from outfeed.sheets.cad.lost import COVERAGE

ROOT: Final = Path(__file__).parents[1]
GOLDEN: Final = ROOT / "tests" / "golden"

#: What a mark looks like; the same name stands in both.
_PART: Final = re.compile(
    r"(?P<begin><!-- begin: (?P<name>[^\n]+?) -->\n).*?(?P<end><!-- end: (?P=name) -->)", re.DOTALL
)
_UNITS: Final = (("GiB", 1 << 30), ("MiB", 1 << 20))

#: Calls that are spelt otherwise than the operation.
_CALLS: Final = {Operation.VISUAL: "generateVisual"}

#: The mistakes of the mesh API's calls.
_MESH_REASONS: Final = (
    Reason.MISSING,
    Reason.INVALID,
    Reason.NOT_FOUND,
    Reason.BAD_FILE_TYPE,
    Reason.NOT_MEANINGFUL,
)

#: Those that each call of the mesh API tells apart by its number.
_REASONS: Final = {
    Operation.IMPORT: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND, Reason.BAD_FILE_TYPE, Reason.NOT_MEANINGFUL),
    Operation.VISUAL: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND),
    Operation.RENAME: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND),
    Operation.EXPORT: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND, Reason.BAD_FILE_TYPE, Reason.NOT_MEANINGFUL),
    Operation.TRANSFORM: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND, Reason.NOT_MEANINGFUL),
    Operation.ANALYZE: (Reason.MISSING, Reason.INVALID, Reason.NOT_FOUND),
}


def pages() -> list[Path]:
    """Return every document of the repository."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "src").rglob("*.md")),
    ]


def rewritten(text: str) -> str:
    """Return a page with all of its generated parts made anew."""
    return _PART.sub(lambda found: f"{found['begin']}{part(found['name'])}\n{found['end']}", text)


def part(name: str) -> str:
    """Return a generated part: a table by its name, or `golden PATH`."""
    kind, _, path = name.partition(" ")
    return golden(path) if kind == "golden" else PARTS[name]()


def golden(path: str) -> str:
    """Return an example that the tests compare with what the server answers."""
    shown = json.loads((GOLDEN / path).read_text(encoding="utf-8"))
    return f"```json\n{_json(shown)}\n```"


def settings() -> str:
    """Return every setting with its default."""
    rows = [
        (f"`{env_name(name)}`", _default(name, default), _first_lower(about)) for name, default, about in described()
    ]
    return table(("variable", "default", "sets"), rows)


def request_errors() -> str:
    """Return the errors of requests, and how each dialect tells them."""
    rows = [
        (f"`{error.code}`", str(error.__doc__), _spark_answer(error), _sign_in_answer(error), _oss_answer(error))
        for error in _own_errors()
        if issubclass(error, errors.RequestError)
    ]
    return table(("code", "means", "Spark", "sign-in", "object storage"), rows)


def task_errors() -> str:
    """Return the errors that end a task."""
    rows = [
        (f"`{error.code}`", str(error.__doc__))
        for base in (errors.SourceError, errors.ChildError)
        for error in _own_errors()
        if issubclass(error, base)
    ]
    return table(("code", "means"), rows)


def spark_numbers() -> str:
    """Return the numbers of the mesh API's errors, by call and by mistake."""
    heads = ("call", "missing", "wrong type", "not found", "file type", "not meaningful (422)", "task failed")
    rows = [
        (
            f"`POST /geom/meshes/{_CALLS.get(operation, operation.name.lower())}`",
            *(str(spark.caller_code(operation, reason)) if reason in known else "" for reason in _MESH_REASONS),
            str(spark.TASK_CODE.get(operation, "")),
        )
        for operation, known in _REASONS.items()
    ]
    return table(heads, rows)


def spark_common_numbers() -> str:
    """Return the numbers that any call can answer with."""
    told = {number: (status, str(error.__doc__)) for error, (status, number) in reversed(SPARK.items())}
    told |= {
        spark.CODE_NO_ENDPOINT: (404, "There is no such endpoint."),
        spark.CODE_METHOD: (405, "The method is not allowed here."),
        spark.CODE_OTHER: (400, "Anything else that is wrong with the request, also 403, 404, 412, 416."),
        spark.CODE_UNEXPECTED: (500, "Something that nobody foresaw."),
    }
    rows = [(str(number), str(status), about) for number, (status, about) in sorted(told.items())]
    return table(("code", "status", "means"), rows)


def formats_read() -> str:
    """Return the formats that are read."""
    rows = [
        (
            f"`{name}`",
            reader.title,
            ", ".join(f"`{end}`" for end in reader.extensions),
            f"`{reader.media_type}`",
            _traits(reader.holds),
        )
        for name, reader in READERS.items()
    ]
    return table(("format", "", "file names end with", "media type", "a mesh gets"), rows)


def formats_written() -> str:
    """Return the formats that are written."""
    rows = [
        (f"`{name}`", writer.title, f"`{writer.suffix}`", f"`{writer.media_type}`", _traits(writer.holds))
        for name, writer in WRITERS.items()
    ]
    return table(("format", "", "artifact's name ends with", "media type", "keeps"), rows)


def formats_contents() -> str:
    """Return what the words for contents mean."""
    return table(("word", "means"), [(f"`{trait.value}`", trait.about) for trait in Trait])


def formats_pairs() -> str:
    """Return what each pair of formats loses of what a file may have."""
    lost = {(pair.read, pair.written): pair.lost for pair in pairs()}
    rows = [(f"**{read}**", *(_traits(lost[read, written], none="nothing") for written in WRITERS)) for read in READERS]
    return table(("from \\ to", *(f"**{name}**" for name in WRITERS)), rows)


def _traits(traits: Iterable[Trait], *, none: str = "") -> str:
    return ", ".join(trait.value for trait in in_order(traits)) or none


def formats_unread() -> str:
    """Return the formats that are known by name and not read."""
    return ", ".join(f"`{name}`" for name in sorted(KNOWN_UNREAD)) + "."


def scenes_read() -> str:
    """Return the formats that models are read from, and what becomes an element."""
    rows = [
        (
            f"`{name}`",
            reader.title,
            ", ".join(f"`{end}`" for end in reader.extensions),
            reader.elements or "not read",
            f"`{reader.extra}`" if reader.extra else "",
        )
        for name, reader in SCENE_READERS.items()
    ]
    return table(("format", "", "file names end with", "elements", "needs the extra"), rows)


def exporter_version() -> str:
    """Return what is part of every export's key."""
    return f"The exporters' version is `{EXPORTER_VERSION}`."


def analysis() -> str:
    """Return the numbers of an analysis."""
    return _fields(Analysis)


def analysis_holes() -> str:
    """Return the numbers of holes."""
    return _fields(Rims)


def analysis_parts() -> str:
    """Return the numbers of parts."""
    return _fields(Parts)


def _fields(record: type) -> str:
    """Return the fields of a class, each with the comment that stands before it."""
    found = re.findall(r"((?:^    #: .*\n)+)    (\w+): ", inspect.getsource(record), re.MULTILINE)
    rows = [(f"`{name}`", _first_lower(re.sub(r"\s*#: ", " ", about).strip())) for about, name in found]
    return table(("name", "means"), rows)


def scopes() -> str:
    """Return the scopes that a token can carry."""
    return ", ".join(f"`{scope}`" for scope in SCOPES) + "."


def gallery() -> str:
    """Return the pictures of the gallery, as the script that draws them has them."""
    made: str = runpy.run_path(str(ROOT / "scripts" / "make_gallery.py"))["table"]()
    return made


def dxf_entities() -> str:
    """Return what becomes of each type of entity in a drawing."""
    words = {"drawn": "drawn", "partly": "partly", "not": "**not**"}
    return table(["type", "drawn", ""], ([f"`{kind}`", words[how], why] for kind, (how, why) in COVERAGE.items()))


def printer_types() -> str:
    """Return the printer types that are built in."""
    db = PrintDb.load()
    rows = [
        (
            f"{machine.manufacturer} {machine.name}",
            machine.technology.value,
            " × ".join(f"{10 * length:g}" for length in machine.volume.size),
            f"`{machine.printable.extension}`",
            f"`{machine.id}`",
            str(sum(machine.id in profile.printer_types for profile in db.profiles)),
        )
        for machine in db.printer_types
    ]
    return table(("printer", "", "prints, mm", "files", "id", "profiles"), rows)


def printer_materials() -> str:
    """Return the materials that are built in."""
    rows = [(item.name, item.technology.value, item.composition, f"`{item.id}`") for item in PrintDb.load().materials]
    return table(("material", "", "composition", "id"), rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "settings": settings,
    "request errors": request_errors,
    "task errors": task_errors,
    "spark numbers": spark_numbers,
    "spark common numbers": spark_common_numbers,
    "formats read": formats_read,
    "formats written": formats_written,
    "formats contents": formats_contents,
    "formats pairs": formats_pairs,
    "formats unread": formats_unread,
    "scenes read": scenes_read,
    "exporter version": exporter_version,
    "analysis": analysis,
    "analysis holes": analysis_holes,
    "analysis parts": analysis_parts,
    "scopes": scopes,
    "commands": commands,
    "benchmark": benchmark,
    "channel benchmark": channel_benchmark,
    "gallery": gallery,
    "dxf entities": dxf_entities,
    "printer types": printer_types,
    "printer materials": printer_materials,
}


def _default(name: str, value: Any) -> str:
    """Return a default as an operator writes it, with the large ones in words too."""
    if value == "":
        return "empty"
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if name.endswith("_bytes"):
        unit, size = next((unit, size) for unit, size in _UNITS if value >= size)
        return f"`{value}` ({value / size:g} {unit})"
    return f"`{value}`"


def _first_lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:].removesuffix(".")


def _own_errors() -> Iterator[type[errors.OutfeedError]]:
    """Yield the errors of the one page that has them; dialects have some of their own for inside."""
    return (error for error in errors.every_error() if error.__module__ == errors.__name__)


def _spark_answer(error: type[errors.OutfeedError]) -> str:
    """Return the status and number of an error that the call has no number of its own for."""
    known = next((SPARK[kind] for kind in error.__mro__ if kind in SPARK), (400, spark.CODE_OTHER))
    return f"{known[0]}, {known[1]}"


def _sign_in_answer(error: type[errors.OutfeedError]) -> str:
    """Return the status and the code of the gateway, and of OAuth where the call is one of OAuth's."""
    of_gateway = next((answer for kind, answer in GATEWAY.items() if issubclass(error, kind)), None)
    if of_gateway:
        return f"{of_gateway[0]}, `{of_gateway[1]}`"
    status, code, oauth = next(answer for kind, answer in SIGN_IN.items() if issubclass(error, kind))
    return f"{status}, `{code}`" if oauth == code else f"{status}, `{code}` or `{oauth}`"


def _oss_answer(error: type[errors.OutfeedError]) -> str:
    """Return the status, and the code where it is the gateway that answers."""
    of_gateway = next((answer for kind, answer in GATEWAY.items() if issubclass(error, kind)), None)
    if of_gateway:
        return f"{of_gateway[0]}, `{of_gateway[1]}`"
    return str(next(status for kind, status in OSS.items() if issubclass(error, kind)))


def _json(value: Any) -> str:
    """Return JSON for people: short lists and objects on one line."""
    on_one_line = json.dumps(value, ensure_ascii=False)
    if len(on_one_line) <= 100 or not isinstance(value, dict):  # noqa: PLR2004 - a line that fits the page
        return on_one_line
    inner = ",\n".join(f"{json.dumps(key)}: {_json(item)}" for key, item in value.items())
    return "{\n" + "\n".join(f"  {line}" for line in inner.splitlines()) + "\n}"


def main() -> None:
    """Rewrite the pages that are out of date, and name them."""
    for page in pages():
        old = page.read_text(encoding="utf-8")
        new = rewritten(old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
