"""The textures of a file that names its images: each image is looked up and decoded once."""

from collections.abc import Iterable
from typing import Final

from outfeed.mesh.appearance import Texture, Wrap
from outfeed.mesh.formats.images import ImageReader
from outfeed.mesh.formats.noting import Noted
from outfeed.mesh.formats.source import Lookup, ReadLimits, local_name
from outfeed.mesh.traits import Trait

#: Different images that one file may name; what it names besides is not there.
MOST_IMAGES: Final = 1_000


class Shelf:
    """Collects textures; an image that is not there or no image costs the texture, and is noted."""

    def __init__(self, companion: Lookup, limits: ReadLimits, noted: Noted) -> None:
        self._companion = companion
        self._decoder = ImageReader(limits)
        self._noted = noted
        self._images: dict[str, tuple[bytes, str] | None] = {}
        self._textures: dict[Texture, int] = {}

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Return the textures, in the order of their numbers."""
        return tuple(self._textures)

    def add(self, references: Iterable[str], wrap_u: Wrap = Wrap.REPEAT, wrap_v: Wrap = Wrap.REPEAT) -> int | None:
        """Return the number of the texture whose image is the first of the references that is there."""
        for reference in references:
            image = self._image(reference)
            if image is not None:
                return self.keep(Texture(image=image[0], media_type=image[1], wrap_u=wrap_u, wrap_v=wrap_v))
        self._noted.add(Trait.TEXTURES, "An image that it names is not beside it, or cannot be read.")
        return None

    def keep(self, texture: Texture) -> int:
        """Return the number of a texture."""
        return self._textures.setdefault(texture, len(self._textures))

    def _image(self, reference: str) -> tuple[bytes, str] | None:
        name = local_name(reference) or reference
        if name and name not in self._images and len(self._images) < MOST_IMAGES:
            data = self._companion(reference)
            self._images[name] = None if data is None else self._decoder.read(data)
        return self._images.get(name)
