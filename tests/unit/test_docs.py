"""The documents say what the code does: all of it, and nothing else."""

import asyncio
import json
import re
import runpy
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from litestar import Router

from outfeed import errors, operations
from outfeed.app import build_app
from outfeed.dialects import acc, aps, bim360, itwin, markups, oidc, spark
from outfeed.dialects.spark import constants
from outfeed.dialects.spark.unbuilt import UNBUILT
from outfeed.identity.scopes import SCOPES
from outfeed.mesh.formats.registry import KNOWN_UNREAD, READERS, WRITERS
from outfeed.settings import Settings, described, env_name

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
WRITER: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))
PAGES: list[Path] = WRITER["pages"]()

Call = tuple[str, str]

#: Those whose coverage tables are compared with their routes.
DIALECTS: dict[str, Any] = {
    "spark": spark,
    "aps": aps,
    "oidc": oidc,
    "itwin": itwin,
    "markups": markups,
    "bim360": bim360,
    "acc": acc,
}

#: A row of a coverage table: the call, and how far it is built.
ROW = re.compile(r"^\| `(GET|POST|PUT|DELETE|PATCH)(?:` \| `| )(/[^`]*)` \| (\w+) \|", re.MULTILINE)


def text_of(*path: str) -> str:
    """Return a document."""
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


def shape(path: str) -> str:
    """Return a path with its parameters' names taken out, for tables name them as people do."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def coverage(dialect: str) -> dict[Call, str]:
    """Return the calls of a dialect's coverage tables and their states."""
    rows = ROW.findall(text_of("src", "outfeed", "dialects", dialect, "README.md"))
    assert len({(method, shape(path)) for method, path, _ in rows}) == len(rows), "a call has two rows"
    return {(method, shape(path)): state for method, path, state in rows}


def routes(router: Router) -> set[Call]:
    """Return the calls that a router answers; HEAD goes with GET."""
    return {
        (method, shape(route.path_format))
        for route in router.routes
        for method in getattr(route, "methods", ())
        if method not in {"HEAD", "OPTIONS"}
    }


def routes_of(dialect: str) -> set[Call]:
    """Return the calls of a dialect, of Spark those without a prefix."""
    if dialect == "spark":
        return routes(next(router for router in spark.routers() if router.path == "/"))
    return set().union(*map(routes, DIALECTS[dialect].routers()))


def links(page: Path) -> Iterator[str]:
    """Yield the relative links of a page, without what stands in code."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """Return the names that a page's headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def answers(data: Path, calls: Iterable[Call]) -> dict[Call, httpx.Response]:
    """Return what a new server in open mode answers to each call, made without a body."""
    app: Any = build_app(Settings(data=data, open=True))

    async def ask() -> dict[Call, httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
            return {(method, path): await client.request(method, path.replace("{}", "x")) for method, path in calls}

    return asyncio.run(ask())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_docs_would_change_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    rewritten: Callable[[str], str] = WRITER["rewritten"]

    assert rewritten(text) == text


def test_every_generated_part_is_on_some_page() -> None:
    marks = {mark for page in PAGES for mark in re.findall(r"<!-- begin: (.+) -->", page.read_text(encoding="utf-8"))}

    assert marks >= set(WRITER["PARTS"])


def test_every_setting_is_in_the_reference() -> None:
    listed = re.findall(r"^\| `(OUTFEED_\w+)` \|", text_of("docs", "reference", "settings.md"), re.MULTILINE)

    assert [env_name(name) for name, _, _ in described()] == listed


def test_no_page_names_a_setting_that_is_not_there() -> None:
    known = {env_name(name) for name, _, _ in described()} | {"OUTFEED_TEST_DATA", "OUTFEED_USER_TOKEN"}
    named = {name for page in PAGES for name in re.findall(r"\bOUTFEED_\w+", page.read_text(encoding="utf-8"))}

    assert named - known == set()


def test_every_error_is_in_the_reference() -> None:
    text = text_of("docs", "reference", "errors.md")
    bases = {errors.OutfeedError.code}
    codes = {error.code for error in errors.every_error() if error.__module__ == errors.__name__} - bases

    assert {code for code in codes if f"| `{code}` |" not in text} == set()


def test_every_number_of_spark_is_in_the_reference() -> None:
    text = text_of("docs", "reference", "errors.md")
    common = {number for name, number in vars(constants).items() if name.startswith("CODE_")}
    numbers = common | set(constants.TASK_CODE.values())

    assert {number for number in numbers if not re.search(rf"\b{number}\b", text)} == set()


def test_every_code_of_the_gateway_is_in_the_reference() -> None:
    dialects = ROOT / "src" / "outfeed" / "dialects"
    code = "".join(
        path.read_text(encoding="utf-8") for name in ("aps", "autodesk") for path in (dialects / name).glob("*.py")
    )
    used = set(re.findall(r'"((?:AUTH|ERR)-\d+)"', code))
    listed = set(re.findall(r"^\| `((?:AUTH|ERR)-\d+)` \|", text_of("docs", "reference", "errors.md"), re.MULTILINE))

    assert used == listed


def test_every_format_is_in_the_reference() -> None:
    text = text_of("docs", "reference", "formats.md")

    assert {name for name in {*READERS, *WRITERS, *KNOWN_UNREAD} if f"`{name}`" not in text} == set()


def test_every_scope_is_in_the_reference() -> None:
    text = text_of("docs", "reference", "sign-in.md")

    assert [scope for scope in SCOPES if f"`{scope}`" not in text] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_coverage_table_has_every_route_and_no_other(dialect: str) -> None:
    assert routes_of(dialect) == set(coverage(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_coverage_table_has_three_states(dialect: str) -> None:
    assert {"done", "partly", "not"} >= set(coverage(dialect).values())


def test_sparks_table_says_which_calls_are_not_built() -> None:
    rows = {call for call, state in coverage("spark").items() if state == "not"}

    assert {(method, shape(path)) for method, path in UNBUILT} == rows


@pytest.mark.slow
def test_calls_that_are_not_built_answer_501_and_no_others(tmp_path: Path) -> None:
    """The tables are true of a running server."""
    tables: dict[Call, str] = {}
    for dialect in DIALECTS:
        tables |= coverage(dialect)

    refused = {call for call, answer in answers(tmp_path, tables).items() if answer.status_code == 501}

    assert {call for call, state in tables.items() if state == "not"} == refused


@pytest.mark.parametrize(
    ("dialect", "pages"),
    [
        ("spark", ["spark.md", "spark-printers.md", "printdb.md", "spark-jobs.md"]),
        ("aps", ["sign-in.md", "oss.md", "data-management.md", "model-derivative.md"]),
        ("oidc", ["sign-in.md"]),
        ("itwin", ["mesh-export.md", "itwin.md"]),
        ("markups", ["markups.md"]),
        ("bim360", ["bim360.md"]),
        ("acc", ["acc.md"]),
    ],
    ids=DIALECTS,
)
def test_every_call_that_is_built_is_in_the_reference(dialect: str, pages: list[str]) -> None:
    text = shape("\n".join(text_of("docs", "reference", page) for page in pages))
    built = [call for call, state in coverage(dialect).items() if state != "not"]

    assert [
        (method, path) for method, path in built if not re.search(rf"{method}.* {re.escape(path)}(?![\w/])", text)
    ] == []


@pytest.mark.slow
def test_every_metric_and_every_path_of_operators_is_in_the_reference(tmp_path: Path) -> None:
    metrics = answers(tmp_path, [("GET", "/metrics")])["GET", "/metrics"].text
    text = text_of("docs", "reference", "metrics.md")
    served = set(re.findall(r"^# TYPE (\w+) ", metrics, re.MULTILINE))
    paths = {path for handler in operations.HANDLERS for path in handler.paths}

    assert served == set(re.findall(r"^\| `(outfeed_\w+)` \|", text, re.MULTILINE))
    assert paths | {"/openapi.json"} == set(re.findall(r"^\| `GET (/\S*)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_every_example_of_json_is_an_object() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)

    assert [dict] * text.count("```json") == [type(json.loads(example)) for example in examples] != []


def test_every_test_that_a_page_names_is_there() -> None:
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = {name for page in PAGES for name in re.findall(r"\btest_\w+\.py\b", page.read_text(encoding="utf-8"))}

    assert named - there == set()


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert re.search(r"^## Unreleased$", text_of("CHANGELOG.md"), re.MULTILINE)


def test_every_page_is_reached_from_the_readme() -> None:
    """Nothing is written that nobody finds."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / unquote(link).partition("#")[0]).resolve() for link in links(page)]
        found = [inner for target in targets for inner in ([target] if target.is_file() else target.glob("*.md"))]
        waiting += [target for target in found if target.suffix == ".md"]

    assert set(PAGES) - reached == set()
