"""Materials, textures and images of one GLB file: each is there once."""

from typing import Any, TypeAlias

import numpy as np

from outfeed.mesh.appearance import Color, Texture, Wrap
from outfeed.mesh.formats.gltf.document import FINISH, WRAPS
from outfeed.mesh.formats.gltf.images import shows_through, without_profile
from outfeed.mesh.shown import to_linear
from outfeed.tiles.content.binary import Binary

#: How a primitive is drawn: its colour, its texture, whether something is seen through it, and what that is called.
Kind: TypeAlias = tuple[Color, Texture | None, bool, str]


class Looks:
    """Collects materials, and numbers them."""

    def __init__(self, binary: Binary) -> None:
        self._binary = binary
        self._materials: dict[Kind, int] = {}
        self._textures: dict[Texture, int] = {}
        self._samplers: dict[tuple[Wrap, Wrap], int] = {}
        self._images: dict[bytes, int] = {}
        self._views: list[dict[str, Any]] = []
        self._through: dict[bytes, bool] = {}

    def material(self, color: Color, texture: Texture | None, *, blended: bool, name: str = "") -> int:
        """Return the row of a material."""
        kind = (color, texture, blended, name)
        if texture is not None:
            self._textures.setdefault(texture, len(self._textures))
        return self._materials.setdefault(kind, len(self._materials))

    def shows_through(self, texture: Texture) -> bool:
        """Tell whether a texture lets something through somewhere."""
        if texture.image not in self._through:
            self._through[texture.image] = texture.media_type == "image/png" and shows_through(texture.image)
        return self._through[texture.image]

    def json(self) -> dict[str, Any]:
        """Return the tables of the document, those with rows; images go to the binary chunk."""
        textures = [
            {
                "sampler": self._samplers.setdefault((one.wrap_u, one.wrap_v), len(self._samplers)),
                "source": self._image(one),
            }
            for one in self._textures
        ]
        tables = {
            "materials": [self._described(kind) for kind in self._materials],
            "textures": textures,
            "samplers": [{"wrapS": WRAPS[u], "wrapT": WRAPS[v]} for u, v in self._samplers],
            "images": self._views,
        }
        return {name: table for name, table in tables.items() if table}

    def _image(self, texture: Texture) -> int:
        if texture.image not in self._images:
            self._images[texture.image] = len(self._images)
            view = self._binary.octets(without_profile(texture.image))
            self._views.append({"bufferView": view, "mimeType": texture.media_type})
        return self._images[texture.image]

    def _described(self, kind: Kind) -> dict[str, Any]:
        color, texture, blended, name = kind
        factor = to_linear(np.array([color], dtype=np.uint8))[0].tolist()
        surface: dict[str, Any] = {"baseColorFactor": factor} | FINISH
        if texture is not None:
            surface["baseColorTexture"] = {"index": self._textures[texture]}
        told: dict[str, Any] = {"name": name} if name else {}
        # Many sources do not say which side of a face is outside, or say it wrongly.
        told |= {"pbrMetallicRoughness": surface, "doubleSided": True}
        return told | ({"alphaMode": "BLEND"} if blended else {})
