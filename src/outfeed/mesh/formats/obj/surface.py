"""What the faces of an OBJ file are made of: materials from its libraries, and their images."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.obj.mtl import LONGEST, MOST_BYTES, Entry, Image, parse, plain_name, text_of
from outfeed.mesh.formats.source import Lookup, ReadLimits
from outfeed.mesh.traits import Loss, Trait

#: Letters of a file's name that a sentence shows.
SHOWN: Final = 60
#: Between the names of two libraries on one line; names may have blanks.
_BETWEEN: Final = re.compile(r"(?<=\.mtl)\s+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """The materials of a file."""

    #: One for each name that was asked for, in that order.
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    lost: tuple[Loss, ...]


def find_surface(names: Sequence[str], libraries: Sequence[bytes], companion: Lookup, limits: ReadLimits) -> Surface:
    """
    Return the materials of these plain names.

    `libraries` are the rests of the lines that name them. A material that no library has is white. Of two libraries
    with one material, the first counts. What is not there costs its material or its texture, and nothing else.
    """
    shelf = _Shelf(companion=companion, limits=limits, decoder=ImageReader(limits))
    shelf.read(libraries, frozenset(names))
    materials = tuple(shelf.material(name) for name in names)
    return Surface(materials=materials, textures=tuple(shelf.textures), lost=tuple(shelf.lost()))


@dataclass(kw_only=True, slots=True)
class _Shelf:
    """The libraries that were found, and what was missing."""

    companion: Lookup
    limits: ReadLimits
    #: By name: a material, and the folder of its library.
    entries: dict[str, tuple[Entry, str]] = field(default_factory=dict)
    #: In the order of their rows.
    textures: dict[Texture, int] = field(default_factory=dict)
    #: Images by folder and reference; None for those that cannot be had.
    images: dict[tuple[str, str], tuple[bytes, str] | None] = field(default_factory=dict)
    decoder: ImageReader
    missing_libraries: list[str] = field(default_factory=list)
    missing_materials: list[str] = field(default_factory=list)
    missing_images: list[str] = field(default_factory=list)
    #: Of libraries that may still be read.
    bytes_left: int = MOST_BYTES
    shaded: bool = False
    moved: bool = False

    def read(self, lines: Sequence[bytes], wanted: frozenset[str]) -> None:
        looked: set[str] = set()
        for line in lines:
            for reference, data in self._on_line(text_of(line), looked):
                if data is None or len(data) > self.bytes_left:
                    self.missing_libraries.append(reference)
                    continue
                self.bytes_left -= len(data)
                folder = posixpath.dirname(reference.replace("\\", "/"))
                for name, entry in parse(data, wanted).items():
                    self.entries.setdefault(name, (entry, folder))

    def _on_line(self, line: str, looked: set[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the libraries of a line that were not looked for: it is one name, or names that blanks separate."""
        if not line or line in looked:
            return
        whole = self._library(line, looked)
        parts = [line] if whole is not None else _BETWEEN.split(line, maxsplit=self.limits.max_entries)
        if len(parts) == 1:
            yield line, whole
            return
        for part in parts:
            if part not in looked:
                yield part, self._library(part, looked)

    def _library(self, reference: str, looked: set[str]) -> bytes | None:
        if len(looked) >= self.limits.max_entries:
            return None
        looked.add(reference)
        return self._found(reference)

    def _found(self, reference: str, folder: str = "") -> bytes | None:
        """Return a file as it is named, or one of its name alone: paths of other people's machines are common."""
        if len(reference) > LONGEST:
            return None
        name = reference.replace("\\", "/")
        places = dict.fromkeys((posixpath.join(folder, name), name, posixpath.basename(name)))
        found = (self.companion(place) for place in places if place)
        return next((data for data in found if data is not None), None)

    def material(self, name: str) -> Material:
        if name not in self.entries:
            self.missing_materials.append(name)
            return Material(name=name)
        entry, folder = self.entries[name]
        self.shaded |= entry.shaded
        texture = self._texture(entry.image, folder) if entry.image else None
        return Material(name=name, color=entry.color, texture=texture)

    def _texture(self, image: Image, folder: str) -> int | None:
        self.moved |= image.moved
        key = (folder, image.reference)
        if key not in self.images:
            self.images[key] = self._decoded(image.reference, folder)
            if self.images[key] is None:
                self.missing_images.append(image.reference)
        found = self.images[key]
        if found is None:
            return None
        wrap = Wrap.CLAMP if image.clamp else Wrap.REPEAT
        texture = Texture(image=found[0], media_type=found[1], wrap_u=wrap, wrap_v=wrap)
        return self.textures.setdefault(texture, len(self.textures))

    def _decoded(self, reference: str, folder: str) -> tuple[bytes, str] | None:
        data = self._found(reference, folder) if len(self.images) < self.limits.max_entries else None
        return None if data is None else self.decoder.read(data)

    def lost(self) -> Iterator[Loss]:
        """Yield one loss for each kind of what was not found or is not held."""
        if self.missing_libraries:
            why = "Libraries of materials that are not there, or too large"
            yield Loss(what=Trait.MATERIALS, why=_listed(why, self.missing_libraries))
        elif self.entries and self.missing_materials:
            yield Loss(what=Trait.MATERIALS, why=_listed("Materials that no library has", self.missing_materials))
        moved = "Textures are moved or scaled, which is left out." if self.moved else ""
        if self.missing_images:
            why = _listed("Images that are not there, or cannot be read", self.missing_images)
            yield Loss(what=Trait.TEXTURES, why=f"{why} {moved}".strip())
        elif moved:
            yield Loss(what=Trait.TEXTURES, why=moved)
        if self.shaded:
            yield Loss(what=Trait.SHADING)


def _listed(why: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{why}: {_shortened(names[0])}{more}."


def _shortened(name: str) -> str:
    text = plain_name(name)
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")
