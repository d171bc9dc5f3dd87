"""PDFs that are damaged, locked or meant to do harm, through the whole server: each ends in time, with a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.drawings_at import Json, PageExports, PlanRoom, a_plan_room
from acceptance.harness import DATA, Server
from outfeed.library.items import ItemVersion

#: Longest time that reading or exporting all of them may take, in seconds.
LIMIT_S = 240.0

pytestmark = pytest.mark.skipif(not (DATA / "pdf").exists(), reason="the shared test data is not beside the checkout")


def expected() -> dict[Path, str]:
    """Return each file with what it is called: `ok`, `reject`, `bounded` or `broken`."""
    hostile = (line.split("\t") for line in (DATA / "hostile" / "INDEX.tsv").read_text().splitlines()[1:])
    found = {DATA / "hostile" / row[0]: row[2] for row in hostile if row[0].startswith("pdf/")}
    files = (line.split("\t") for line in (DATA / "FILES.tsv").read_text().splitlines()[1:])
    return found | {DATA / row[0]: "broken" for row in files if row[0].startswith("pdf/") and row[2] == "broken"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, PlanRoom]]:
    data = tmp_path_factory.mktemp("hostile") / "data"
    limits = {"OUTFEED_EXPORT_WALL_S": "20", "OUTFEED_TILES_MEMORY_BYTES": str(2 * 1024**3)}
    with Server(data, environment=limits) as server, a_plan_room(data, "ann@example.com", "Hostile") as room:
        yield server, room


def test_each_bad_pdf_ends_as_pages_or_with_a_sentence_and_so_do_its_exports(
    served: tuple[Server, PlanRoom],
) -> None:
    server, room = served
    wanted = expected()
    added = [room.add(path) for path in wanted]

    read = room.read(added, limit_s=LIMIT_S)

    states = dict(zip((path.name for path in wanted), ((one.reading, one.reading_error) for one in read), strict=True))
    assert [] == [name for name, (state, error) in states.items() if (state != "succeeded") != bool(error)]
    says = {path.name: word for path, word in wanted.items()}
    assert [] == [name for name, word in says.items() if word == "ok" and states[name][0] != "succeeded"]
    assert [] == [name for name, word in says.items() if word == "reject" and states[name][0] != "failed"]
    ended = exported(server, room, [sheets[0] for sheets in map(room.sheets, read) if sheets])
    failed = {name: one["error"] for name, one in ended.items() if one["status"] == "failed"}
    assert [] == [error for error in failed.values() if not error["detail"].endswith(".")]
    assert "completed" == ended["good_one_page.pdf"]["status"]
    assert {"completed", "failed"} >= {one["status"] for one in ended.values()}


def exported(server: Server, room: PlanRoom, sheets: list[ItemVersion]) -> dict[str, Json]:
    """Return the exports of these sheets, when all have ended, by the names of their files."""
    with server.client() as client:
        exports = PageExports(client, room.project_id)
        paths = {
            sheet.source_name: exports.start(sheet, includeMarkups=True, includeHyperlinks=True) for sheet in sheets
        }
        return {name: exports.ended(path, limit_s=LIMIT_S) for name, path in paths.items()}
