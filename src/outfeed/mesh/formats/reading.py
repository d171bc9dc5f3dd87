"""What a reader gives back."""

from dataclasses import dataclass

from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Loss


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A mesh, and what its file had besides."""

    mesh: Mesh
    #: Triangles that the file stores; the mesh has them as often as the file's components and instances place them.
    stored_triangles: int
    #: What the file has and the mesh has not.
    lost: tuple[Loss, ...] = ()
