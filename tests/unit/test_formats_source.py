"""What a source may see besides itself."""

import os
from pathlib import Path

import pytest

from outfeed.errors import SourceDamaged
from outfeed.mesh.formats.source import MOST_REFERENCE, ReadLimits, SourceFile, beside, local_name, nothing

LOCAL = {
    "a.png": "a.png",
    " a.png\n": "a.png",
    "./a/./b.png": "a/b.png",
    "a\\b.png": "a/b.png",
    "a%20b.png": "a b.png",
    "a//b.png": "a/b.png",
    "%61.png": "a.png",
    "...": "...",
    "a..b/c": "a..b/c",
    "ü.png": "ü.png",
}
NOT_LOCAL = [
    "",
    " ",
    ".",
    "..",
    "../a",
    "a/../b",
    "a/..",
    "%2e%2e/a",
    "..%2fa",
    "..\\a",
    "/etc/passwd",
    "%2fetc/passwd",
    "\\\\host\\share",
    "C:\\a",
    "c:a",
    "file:///etc/passwd",
    "http://example.org/a.png",
    "data:,x",
    "a\0b",
    "a%00b",
    "a" * (MOST_REFERENCE + 1),
]


@pytest.mark.parametrize("reference", LOCAL)
def test_references_to_files_beside_the_source_are_names(reference: str) -> None:
    assert LOCAL[reference] == local_name(reference)


@pytest.mark.parametrize("reference", NOT_LOCAL)
def test_references_that_lead_elsewhere_are_none(reference: str, tmp_path: Path) -> None:
    assert local_name(reference) is None
    assert beside(tmp_path / "model.obj", ReadLimits())(reference) is None


def test_files_beside_the_source_and_in_folders_there_are_seen(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "a b.png").write_bytes(b"one")
    (tmp_path / "inside" / "c.png").write_bytes(b"two")

    look = beside(tmp_path / "model.obj", ReadLimits())

    assert [b"one", b"two", None, None] == [look(name) for name in ("a%20b.png", "inside\\c.png", "inside", "d.png")]


def test_links_out_of_the_folder_show_nothing_and_links_within_it_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    (home / "secret").write_bytes(b"secret")
    (home / "models" / "seen").write_bytes(b"seen")
    (home / "models" / "out").symlink_to(home / "secret")
    (home / "models" / "up").symlink_to(home)
    (home / "models" / "within").symlink_to(home / "models" / "seen")
    (tmp_path / "door").symlink_to(home / "models")

    look = beside(tmp_path / "door" / "model.obj", ReadLimits())

    assert [None, None, None, b"seen"] == [look(name) for name in ("out", "up/secret", "up", "within")]


def test_what_is_no_plain_file_is_not_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round").symlink_to(tmp_path / "round")

    look = beside(tmp_path / "model.obj", ReadLimits())

    assert [None, None] == [look("pipe"), look("round")]


@pytest.mark.parametrize("name", ["a" * 300, "a/" * 2000 + "b", "\ud800", "\udcff.png", "a\nb"])
def test_names_that_no_file_can_have_are_not_there(name: str, tmp_path: Path) -> None:
    assert beside(tmp_path / "model.obj", ReadLimits())(name) is None


def test_files_that_are_too_large_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(11))

    sizes = [beside(tmp_path / "m", ReadLimits(max_unpacked_bytes=most))("a") for most in (11, 10)]

    assert [bytes(11), None] == sizes


def test_a_source_is_the_same_on_disk_and_in_memory(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    for source in (SourceFile(content=tmp_path / "a"), SourceFile(content=b"abc")):
        with source.open() as file:
            assert (3, b"abc", b"abc") == (source.size, file.read(10), source.read(3))
        with pytest.raises(SourceDamaged, match="The document is larger than 2 bytes"):
            source.read(2, "The document")


def test_a_source_sees_nothing_else_unless_it_is_told_where() -> None:
    source = SourceFile(content=b"")

    assert nothing is source.companion
    assert source.companion("a.png") is None


@pytest.mark.parametrize("size", [0, 1, 3_000_001])
def test_a_view_has_all_bytes_of_a_file_and_of_memory(size: int, tmp_path: Path) -> None:
    content, path = bytes(range(256)) * (size // 256) + bytes(size % 256), tmp_path / "a"
    path.write_bytes(content)

    views = [SourceFile(content=source).view(size) for source in (content, path)]

    assert [content, content] == [view.tobytes() for view in views]
    assert all(view.readonly for view in views)


def test_a_view_of_more_than_is_allowed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")

    for source in (b"1234", tmp_path / "a"):
        with pytest.raises(SourceDamaged, match="larger than 3 bytes"):
            SourceFile(content=source).view(3)


def test_a_view_of_a_file_that_became_shorter_has_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    monkeypatch.setattr(SourceFile, "size", property(lambda _: 10))

    assert SourceFile(content=tmp_path / "a").view(10).tobytes() == b"1234"
