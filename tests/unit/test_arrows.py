"""Imports run one way; this page is the map, and the test walks every import in the package against it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "outfeed"

#: The parts of the package, from the top. A part imports itself and what stands below it.
LAYERS = (
    {"app", "operations", "openapi", "cli", "__main__"},
    {
        "dialects.acc",
        "dialects.aps",
        "dialects.bim360",
        "dialects.itwin",
        "dialects.markups",
        "dialects.oidc",
        "dialects.spark",
    },
    {"dialects.autodesk"},
    {"http"},
    {"services"},
    {"exports", "fleet"},
    {"library", "jobs", "blobs", "identity"},
    {"tiles", "sheets", "simulator"},
    {"scene", "bayeux", "printdb"},
    {"mesh"},
    {
        "settings",
        "schema",
        "database",
        "commits",
        "statements",
        "batches",
        "migrations",
        "errors",
        "lazy",
        "names",
        "to_thread",
        "clock",
        "json_text",
        "logs",
        "_kernels",
    },
)

#: What may look sideways, beyond the command line's `app` and `operations`.
SIDEWAYS = {
    ("app", "operations"),
    ("operations", "openapi"),
    ("__main__", "cli"),
    ("cli", "app"),
    ("library", "blobs"),
    ("library", "identity"),
    ("library", "jobs"),
    ("jobs", "blobs"),
    ("database", "commits"),
    ("commits", "statements"),
    ("lazy", "errors"),
    ("migrations", "database"),
    ("migrations", "schema"),
}

#: What a script that imports `outfeed.mesh`, `scene`, `tiles` or `sheets` must not have to install.
NOT_A_LIBRARYS = {"alembic", "dbos", "httpx", "litestar", "obstore", "sqlalchemy", "structlog"}

#: What `outfeed --help` and `outfeed export` must not have to load.
HEAVY = ("alembic", "dbos", "httpx", "joserfc", "litestar", "numpy", "obstore", "sqlalchemy", "uvicorn")

DEPTH = {part: depth for depth, parts in enumerate(LAYERS) for part in parts}


def part_of(module: str) -> str:
    """Return the part that a module of the package belongs to; each dialect is one of its own."""
    names = module.split(".")[1:]
    return ".".join(names[: 2 if names[:1] == ["dialects"] else 1])


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of all that a module imports, wherever in the module it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports() -> list[tuple[str, str]]:
    """Return importing module and imported name, for every import in the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        found += [(module, name) for name in imported(ast.parse(path.read_text(encoding="utf-8")))]
    return found


def own_imports() -> list[tuple[str, str]]:
    """Return those imports that stay in the package, but for the version in its own `__init__`."""
    found = [(module, name) for module, name in imports() if name.split(".")[0] == "outfeed"]
    return [(module, name) for module, name in found if name != "outfeed.__version__"]


def is_allowed(module: str, name: str) -> bool:
    """Tell whether one module may import the other."""
    here, there = part_of(module), part_of(name)
    if here == "dialects":
        return there == "dialects"
    if there == "dialects":
        return DEPTH[here] == 0
    return here == there or DEPTH[here] < DEPTH[there] or (here, there) in SIDEWAYS


def test_every_module_is_on_the_map() -> None:
    modules = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    dialects = {f"dialects.{path.parent.name}" for path in (PACKAGE / "dialects").glob("*/__init__.py")}

    assert set(DEPTH) == modules - {"__init__", "dialects"} | dialects | {"_kernels"}


def test_no_import_goes_up_or_sideways() -> None:
    """A part knows what is below it and nothing else; dialects do not know each other."""
    wrong = [f"{module} imports {name}" for module, name in own_imports() if not is_allowed(module, name)]

    assert wrong == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("outfeed.mesh.facts", "outfeed.jobs.engine.Engine"),
        ("outfeed.dialects.spark.routes", "outfeed.dialects.aps.oss_wire.bucket_json"),
        ("outfeed.http.bodies", "outfeed.dialects.spark.wire"),
        ("outfeed.blobs.store", "outfeed.library.files.Files"),
        ("outfeed.jobs.runner", "outfeed.library.meshes.Meshes"),
        ("outfeed.jobs.runner", "outfeed.cli.job.app"),
        ("outfeed.errors", "outfeed.settings.Settings"),
    ],
)
def test_a_wrong_arrow_would_be_seen(module: str, name: str) -> None:
    assert not is_allowed(module, name)


def test_the_sideways_list_has_nothing_that_is_not_used() -> None:
    used = {(part_of(module), part_of(name)) for module, name in own_imports()}

    assert used >= SIDEWAYS


@pytest.mark.parametrize(
    "library", [("mesh",), ("mesh", "scene"), ("mesh", "scene", "tiles"), ("mesh", "scene", "sheets")]
)
def test_the_libraries_need_no_server(library: tuple[str, ...]) -> None:
    """They are for scripts too: of ours they see the errors, what imports late, the kernels and those below."""
    inside = [(module, name) for module, name in imports() if part_of(module) == library[-1]]
    foreign = {name.split(".")[0] for _, name in inside}
    own = {part_of(name) for _, name in inside if name.startswith("outfeed.")}

    assert (set(), set()) == (foreign & NOT_A_LIBRARYS, own - {*library, "errors", "lazy", "_kernels"})


def test_only_main_imports_the_command_line() -> None:
    importers = {part_of(module) for module, name in own_imports() if part_of(name) == "cli"}

    assert importers == {"cli", "__main__"}


def test_the_command_line_starts_without_the_server() -> None:
    """`outfeed export` does not pay for what it does not use."""
    code = f"import sys, outfeed.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
