"""Commands are kept for a while after they were over, and then forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.errors import NotFound
from outfeed.fleet.retention import forget_commands
from outfeed.fleet.states import PrintState
from outfeed.schema import metadata
from unit.fleet_site import FleetSite, a_fleet, a_report

KEPT_MS = 30 * 24 * 3_600_000


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[FleetSite]:
    with a_fleet(tmp_path) as site:
        yield site


def forget(fleet: FleetSite) -> int:
    """Forget what is old now."""
    return forget_commands(fleet.services.database, fleet.clock, fleet.services.settings)


@pytest.mark.slow
@pytest.mark.parametrize("progress", [0.0, 1.0])
def test_commands_that_were_answered_long_ago_are_forgotten(fleet: FleetSite, progress: float) -> None:
    """Those too that their printer never finished."""
    for _ in range(501):
        command = fleet.commands.send(fleet.ann, 1, "home", {})
        fleet.commands.acknowledge(fleet.printer(), command.id, a_report(progress=progress))
    fleet.clock.now += KEPT_MS - 1
    assert 0 == forget(fleet)
    fleet.clock.now += 1

    assert 501 == forget(fleet)

    with pytest.raises(NotFound):
        fleet.commands.get(fleet.ann, command.id)


def test_commands_that_wait_or_belong_to_a_job_that_is_not_over_are_kept(fleet: FleetSite) -> None:
    job = fleet.job()
    fleet.commands.acknowledge(fleet.printer(), job.id, a_report(progress=1.0, job_status="printing"))
    fleet.clock.now += KEPT_MS
    waiting = fleet.commands.send(fleet.ann, 1, "home", {})

    assert 0 == forget(fleet)

    fleet.says(job.id, "completed")
    assert 1 == forget(fleet)
    assert PrintState.COMPLETED is fleet.state(job)
    assert waiting == fleet.commands.get(fleet.ann, waiting.id)


@pytest.mark.parametrize("name", ["printer_members", "registration_codes", "print_jobs", "commands", "callbacks"])
def test_what_goes_with_a_row_is_found_by_an_index(name: str) -> None:
    """Else each printer that goes would have all commands of all printers read, while nobody can write."""
    table = metadata.tables[name]
    unique = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
    leading = {next(iter(key.columns)).name for key in (*table.indexes, *unique)}
    going = {key.parent.name for key in table.foreign_keys if key.ondelete}

    assert going <= leading
