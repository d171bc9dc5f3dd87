"""What a child left behind is looked at before anybody opens it."""

import os
from pathlib import Path

import pytest

from outfeed.errors import ChildOutputTooLarge, ChildWroteOutside
from outfeed.jobs.outputs import MAX_DEPTH, outputs, remove, size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay a piece of work's folder with ten bytes in two files."""
    (tmp_path / "out" / "tiles").mkdir(parents=True)
    (tmp_path / "out" / "tileset.json").write_bytes(b"1234")
    (tmp_path / "out" / "tiles" / "0.glb").write_bytes(b"123456")
    return tmp_path


def test_files_are_named_from_the_folder_and_sorted(folder: Path) -> None:
    found = outputs(folder, max_bytes=10)

    assert list(found.items()) == [
        ("tiles/0.glb", folder / "out" / "tiles" / "0.glb"),
        ("tileset.json", folder / "out" / "tileset.json"),
    ]


def test_one_byte_over_the_limit_is_too_much(folder: Path) -> None:
    with pytest.raises(ChildOutputTooLarge):
        outputs(folder, max_bytes=9)


@pytest.mark.parametrize("target", ["/etc/passwd", "tileset.json", "nowhere", "."])
def test_a_symbolic_link_is_no_result(folder: Path, target: str) -> None:
    (folder / "out" / "link").symlink_to(target)

    with pytest.raises(ChildWroteOutside):
        outputs(folder)


def test_a_file_with_a_second_name_is_no_result(folder: Path) -> None:
    (folder / "secret").write_bytes(b"x")
    (folder / "out" / "mine").hardlink_to(folder / "secret")

    with pytest.raises(ChildWroteOutside):
        outputs(folder)


def test_a_named_pipe_is_no_result(folder: Path) -> None:
    os.mkfifo(folder / "out" / "pipe")

    with pytest.raises(ChildWroteOutside):
        outputs(folder)


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b[31m", b"\xff\xfe"])
def test_a_name_that_is_no_text_is_no_result(folder: Path, name: bytes) -> None:
    (folder / "out" / os.fsdecode(name)).write_bytes(b"x")

    with pytest.raises(ChildWroteOutside):
        outputs(folder)


def test_size_counts_files_and_not_what_links_lead_to(folder: Path) -> None:
    (folder / "large").write_bytes(bytes(1_000_000))
    (folder / "out" / "link").symlink_to(folder / "large")

    # Two files take a block each on most file systems, and a link none.
    assert 10 <= size(folder / "out") <= 100_000


def test_size_counts_what_a_sparse_file_says(folder: Path) -> None:
    with (folder / "out" / "sparse").open("wb") as file:
        file.truncate(10**9)

    assert size(folder / "out") >= 10**9


def test_one_file_or_folder_over_the_limit_is_too_much(folder: Path) -> None:
    assert len(outputs(folder, max_entries=3)) == 2
    assert size(folder / "out", max_entries=3) >= 10
    with pytest.raises(ChildOutputTooLarge):
        outputs(folder, max_entries=2)
    with pytest.raises(ChildOutputTooLarge):
        size(folder / "out", max_entries=2)


@pytest.mark.parametrize(("depth", "expected"), [(MAX_DEPTH, 3), (MAX_DEPTH + 1, None)])
def test_folders_may_be_so_deep_and_no_deeper(folder: Path, depth: int, expected: int | None) -> None:
    deepest = folder.joinpath("out", *["d"] * depth)
    deepest.mkdir(parents=True)
    (deepest / "file").touch()

    if expected is None:
        with pytest.raises(ChildOutputTooLarge):
            outputs(folder)
    else:
        assert len(outputs(folder)) == expected


def test_size_of_what_is_gone_is_nothing(tmp_path: Path) -> None:
    assert size(tmp_path / "gone") == 0


def test_a_folder_is_removed_with_links_and_locked_folders_but_not_what_links_lead_to(folder: Path) -> None:
    (folder / "kept").mkdir()
    (folder / "kept" / "file").touch()
    (folder / "out" / "link").symlink_to(folder / "kept")
    (folder / "out" / "tiles").chmod(0)
    os.mkfifo(folder / "out" / "pipe")
    remove(folder / "out")

    assert [item.relative_to(folder).as_posix() for item in folder.rglob("*")] == ["kept", "kept/file"]


def test_removing_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    remove(tmp_path / "gone")

    assert list(tmp_path.iterdir()) == []
