"""The registry prints itself, the same everywhere."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from outfeed.app import build_app
from outfeed.cli.main import app as command_line
from outfeed.mesh.formats.listing import listing, pairs
from outfeed.mesh.formats.registry import READERS, WRITERS, reader_for, reader_named
from outfeed.mesh.traits import Trait
from outfeed.settings import Settings


def test_every_pair_of_formats_says_what_is_kept_and_what_is_lost() -> None:
    found = {(pair.read, pair.written): pair for pair in pairs()}

    assert {(read, written) for read in READERS for written in WRITERS} == set(found)
    for pair in found.values():
        assert READERS[pair.read].holds == {*pair.kept, *pair.lost}
        assert not {*pair.kept} & {*pair.lost}


def test_stl_to_stl_loses_what_binary_cannot_hold() -> None:
    lost = {pair.written: pair.lost for pair in pairs() if pair.read == "stl"}

    assert ((), (Trait.DOUBLES,)) == (lost["stl_ascii"], lost["stl_binary"])


def test_the_listing_names_each_format_once_with_a_meaning_for_each_word() -> None:
    everything = listing()

    assert [*READERS] == [row["format"] for row in everything["read"]]
    assert [*WRITERS] == [row["format"] for row in everything["written"]]
    words = {word for row in [*everything["read"], *everything["written"]] for word in row["holds"]}
    assert words <= set(everything["contents"])
    assert all(everything["contents"].values())


@pytest.mark.slow
def test_the_server_and_the_command_print_the_listing(tmp_path: Path) -> None:
    app: Any = build_app(Settings(data=tmp_path))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
            return await client.get("/formats")

    printed = CliRunner().invoke(command_line, ["formats", "--json"])

    answer = asyncio.run(ask())
    assert (200, listing()) == (answer.status_code, answer.json())
    assert (0, listing()) == (printed.exit_code, json.loads(printed.stdout))


def test_the_command_prints_a_line_for_each_format() -> None:
    printed = CliRunner().invoke(command_line, ["formats"]).stdout.splitlines()

    assert ["Read:", "Written:"] == [line for line in printed if not line.startswith(" ")]
    assert [*READERS, *WRITERS] == [line.split()[0] for line in printed if line.startswith(" ")]


@pytest.mark.parametrize("name", READERS)
def test_a_reader_is_found_by_its_name_and_by_its_extensions(name: str) -> None:
    assert name == reader_named(name)
    for end in READERS[name].extensions:
        assert name == reader_for(f"Some.Model{end.upper()}") == reader_named(end[1:])


def test_no_two_readers_share_an_extension() -> None:
    ends = [end for reader in READERS.values() for end in reader.extensions]

    assert len(set(ends)) == len(ends)
    assert reader_for("model.docx") is reader_named("docx") is None


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read_by_the_reader_that_its_suffix_names(name: str) -> None:
    assert WRITERS[name].reader == reader_for(f"x{WRITERS[name].suffix}")
