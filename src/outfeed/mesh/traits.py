"""What a file can hold besides triangles, and what is said where some of it is lost."""

from dataclasses import dataclass
from enum import StrEnum


class Trait(StrEnum):
    """Something that a format holds, or does not."""

    # What a `Mesh` holds, so that it goes from any format that has it to any other.
    UNIT = "unit"
    DOUBLES = "doubles"
    UVS = "uvs"
    COLORS = "colors"
    OPACITY = "opacity"
    MATERIALS = "materials"
    TEXTURES = "textures"

    # What some files have and a `Mesh` does not hold.
    STRUCTURE = "structure"
    NORMALS = "normals"
    SHADING = "shading"
    POINTS = "points"
    LINES = "lines"
    ANIMATION = "animation"
    METADATA = "metadata"
    #: Anything else, such as slices or lattices of beams: the sentence says what.
    OTHER = "other"

    @property
    def about(self) -> str:
        """Return what it means, for the docs."""
        return _ABOUT[self]


_ABOUT = {
    Trait.UNIT: "unit of length",
    Trait.DOUBLES: "coordinates of more than seven digits (float64)",
    Trait.UVS: "texture coordinates",
    Trait.COLORS: "colours at corners",
    Trait.OPACITY: "opacity of colours",
    Trait.MATERIALS: "materials: name and colour by face",
    Trait.TEXTURES: "textures: images",
    Trait.STRUCTURE: "objects and their tree, of which one mesh is made",
    Trait.NORMALS: "normals for shading",
    Trait.SHADING: "what materials have besides a colour and its texture, such as metalness or normal maps",
    Trait.POINTS: "points",
    Trait.LINES: "lines",
    Trait.ANIMATION: "animation, skins and morph targets, without which the mesh is as it rests",
    Trait.METADATA: "metadata",
    Trait.OTHER: "what no other word covers",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """Something that a file has or a mesh had, and the result has not."""

    what: Trait
    #: A sentence where the word alone does not say it.
    why: str = ""

    def json(self) -> dict[str, str]:
        """Return it as it stands in a result."""
        return {"what": self.what.value, "why": self.why or f"Left out: {self.what.about}."}
