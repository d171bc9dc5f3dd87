"""X3D documents, with those that they take in, and what each element stands for: itself, or another that it uses."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import SourceDamaged, SourceIncomplete
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.source import Lookup, ReadLimits, local_name
from outfeed.mesh.formats.x3d.fields import floats, scalar, strings
from outfeed.mesh.formats.xml_tree import Element, tree
from outfeed.mesh.traits import Trait

#: What no mesh needs: kept out of the memory.
SKIPPED: Final = frozenset(
    {
        "ExternProtoDeclare",
        "IMPORT",
        "EXPORT",
        "IS",
        "MetadataBoolean",
        "MetadataDouble",
        "MetadataFloat",
        "MetadataInteger",
        "MetadataSet",
        "MetadataString",
        "ProtoDeclare",
        "ROUTE",
        "Script",
        "component",
        "meta",
    }
)
#: Documents that one may take in.
MOST_DOCUMENTS: Final = 100


class World:
    """A document and those that it takes in."""

    def __init__(self, data: bytes, companion: Lookup, limits: ReadLimits, noted: Noted) -> None:
        self.noted = noted
        self._companion = companion
        self._limits = limits
        self._bytes_left = limits.max_unpacked_bytes
        self._tables: dict[Element, NDArray[np.float64]] = {}
        self._colors: dict[Element, NDArray[np.uint8]] = {}
        #: Elements that elements with USE stand for.
        self._used: dict[Element, Element] = {}
        #: Documents that were taken in, by name.
        self._inlined: dict[str, Element | None] = {}
        #: Length of the unit of each document, in metres.
        self._metres: dict[Element, float] = {}
        self.root = self._read(data)

    def metres(self, root: Element) -> float:
        """Return the length of a document's unit."""
        return self._metres[root]

    def meant(self, element: Element) -> Element:
        """
        Return what an element stands for.

        Raises
        ------
        SourceDamaged
            If it uses something that is not there.
        """
        if "USE" not in element.attributes:
            return element
        if element not in self._used:
            raise SourceDamaged(f"It uses {element.get('USE')[:100]!r}, which is not defined.")
        return self._used[element]

    def inside(self, element: Element, *tags: str) -> Iterator[Element]:
        """Yield what stands in an element, of some kinds or of all; what is used is there under its own kind."""
        for item in element.inside:
            if not tags or item.tag in tags:
                yield self.meant(item)

    def first(self, element: Element, *tags: str) -> Element | None:
        """Return the first of them, None where there is none."""
        return next(self.inside(element, *tags), None)

    def table(self, element: Element, name: str, width: int) -> NDArray[np.float64]:
        """Return the rows of a field (n, width), read once however often the element is used; what is over is left."""
        if element not in self._tables:
            values = floats(element, name)
            self._tables[element] = values[: len(values) // width * width].reshape(-1, width)
        return self._tables[element]

    def colors(self, element: Element) -> NDArray[np.uint8]:
        """Return the table of a Color or a ColorRGBA (n, 4), made once however often it is used."""
        if element not in self._colors:
            width = 4 if element.tag == "ColorRGBA" else 3
            values = self.table(element, "color", width)
            shares = np.ones((len(values), 4))
            shares[:, :width] = np.clip(np.nan_to_num(values), 0.0, 1.0)
            self._colors[element] = np.rint(shares * 255.0).astype(np.uint8)
        return self._colors[element]

    def inlined(self, element: Element) -> Element:
        """
        Return the document that an Inline takes in: the first of its addresses that is there.

        Raises
        ------
        SourceIncomplete
            If none is: other places are not asked.
        """
        for reference in strings(element, "url"):
            name = local_name(reference.partition("#")[0])
            if name is None:
                continue
            if name not in self._inlined and len(self._inlined) < MOST_DOCUMENTS:
                data = self._companion(name)
                self._inlined[name] = None if data is None else self._read(data)
            found = self._inlined.get(name)
            if found is not None:
                return found
        raise SourceIncomplete(f"It takes in {element.get('url')[:200]!r}. A ZIP can hold both.")

    def _read(self, data: bytes) -> Element:
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise SourceDamaged("It takes in more than this server accepts.")
        document = tree(data, skip=SKIPPED, doctype=True)
        if document.root.tag != "X3D":
            raise SourceDamaged("Its outermost element is not X3D.")
        self._note(document.skipped, {element.tag for element in document.elements})
        self._resolve(document.elements)
        self._metres[document.root] = _metres(document.root)
        return document.root

    def _note(self, skipped: set[str], tags: set[str]) -> None:
        if skipped & {"ProtoDeclare", "ExternProtoDeclare"} or "ProtoInstance" in tags:
            self.noted.add(Trait.OTHER, "What prototypes make is not read.")
        if "meta" in skipped:
            self.noted.add(Trait.METADATA)
        if any(tag.endswith("Interpolator") for tag in tags):
            self.noted.add(Trait.ANIMATION)

    def _resolve(self, elements: list[Element]) -> None:
        """Find what elements use: the last one of the name before them, or else behind them."""
        defined: dict[str, Element] = {}
        early = []
        for element in elements:
            if "USE" in element.attributes:
                found = defined.get(element.get("USE"))
                if found is None:
                    early.append(element)
                else:
                    self._used[element] = found
            elif "DEF" in element.attributes:
                defined[element.get("DEF")] = element
        self._used.update((item, defined[item.get("USE")]) for item in early if item.get("USE") in defined)


def _metres(root: Element) -> float:
    """Return the length of a document's unit: a metre, if it states none."""
    head = root.first("head")
    found = 1.0
    for item in head.every("unit", "UNIT") if head is not None else ():
        if item.get("category").strip().lower() == "length":
            found = scalar(item, "conversionFactor", 1.0)
    if not found > 0:
        raise SourceDamaged("Its unit is not a positive length.")
    return found
