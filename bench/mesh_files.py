"""The rows about mesh files: what runs, and what is the target beside each peer."""

from dataclasses import dataclass

#: Whole commands of the peers: what a user would type who has no Outfeed.
TRIMESH_COMMAND = "import sys, trimesh; trimesh.load_mesh(sys.argv[1]).export(sys.argv[2])"
#: With the defaults of its command line.
PY3DTILES_COMMAND = (
    "import sys; from py3dtiles.command_line import main; "
    "sys.argv[1:] = ['convert', sys.argv[1], '--out', sys.argv[2]]; main()"
)
COPY_COMMAND = "import sys, numpy; numpy.fromfile(sys.argv[1], dtype=numpy.uint8).tofile(sys.argv[2])"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What we are measured beside."""

    name: str
    #: MODULE.TASK of `tasks`, or Python code where the row measures whole commands.
    task: str
    #: Target: so many times as fast as the peer we must be at least.
    at_least: float | None = None
    #: Target: so many times the peer's figure ours may be at most.
    at_most: float | None = None
    #: Whether it runs in the peers' environment.
    outside: bool = True
    #: The oldest Python that it runs with, where that is newer than ours.
    least_python: tuple[int, int] | None = None
    #: Pairs that are enough where there is no target and the peer is slow; None for as many as asked for.
    most_pairs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Memory:
    """How much memory we may take at the peak."""

    #: Bytes by size of the input; other sizes have no limit.
    limits: dict[str, float]
    #: Without the arrays that came out.
    above_the_mesh: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of work."""

    name: str
    #: MODULE.TASK of `tasks`; of a whole command, the format it writes.
    ours: str
    #: What the work reads: a kind of `inputs.py`.
    reads: str
    #: End of the name of what it writes.
    writes: str = "out"
    peers: list[Peer]
    #: `cpu_s` for work in a process, `wall_s` for whole commands, `rms` for the result's distance from what was read.
    figure: str = "cpu_s"
    sizes: tuple[str, ...] = ("M",)
    memory: Memory | None = None
    whole_command: bool = False


def _trimesh(task: str) -> Peer:
    """Return trimesh as a peer that is shown only."""
    return Peer(name="trimesh", task=f"with_trimesh.{task}", most_pairs=2)


def _numpy_direct(task: str) -> Peer:
    return Peer(name="numpy direct", task=f"direct.{task}", at_most=1.3, outside=False)


def _numpy_text(task: str) -> Peer:
    return Peer(name="numpy text", task=f"direct.{task}", at_least=3, outside=False)


ROWS = [
    Row(
        name="binary STL to welded mesh",
        ours="ours.read",
        reads="stl",
        peers=[
            Peer(name="stl-reader", task="with_stl_reader.read", at_least=3),
            Peer(name="trimesh", task="with_trimesh.read", at_least=40),
            Peer(name="reading the bytes", task="direct.read_bytes", at_most=2.5, outside=False),
        ],
        sizes=("M", "L"),
        memory=Memory(limits={"L": 0.4e9}),
    ),
    Row(
        name="binary STL to GLB",
        ours="ours.convert",
        reads="stl",
        writes="glb",
        peers=[
            Peer(name="stl-reader + numpy", task="with_stl_reader.convert"),
            Peer(name="trimesh", task="with_trimesh.convert", at_least=30),
            Peer(name="reading and writing the bytes", task="direct.copy_bytes", at_most=3, outside=False),
        ],
        sizes=("M", "L"),
    ),
    Row(
        name="binary STL to GLB, whole command",
        ours="glb",
        reads="stl",
        writes="glb",
        peers=[
            Peer(name="trimesh", task=TRIMESH_COMMAND, at_least=10),
            Peer(name="a Python that copies the bytes", task=COPY_COMMAND, at_most=1.5, outside=False),
        ],
        figure="wall_s",
        whole_command=True,
    ),
    Row(
        name="ASCII STL read",
        ours="ours.read",
        reads="ascii.stl",
        peers=[Peer(name="stl-reader", task="with_stl_reader.read", at_least=1.3), _trimesh("read")],
    ),
    Row(
        name="OBJ read",
        ours="ours.read",
        reads="obj",
        peers=[Peer(name="vtk", task="with_vtk.read_obj", at_least=1.3), _trimesh("read")],
    ),
    Row(name="PLY read", ours="ours.read", reads="ply", peers=[_numpy_direct("read_ply"), _trimesh("read")]),
    Row(
        name="PLY write",
        ours="ours.write",
        reads="npz",
        writes="ply",
        peers=[_numpy_direct("write_ply"), _trimesh("write")],
    ),
    Row(name="GLB read", ours="ours.read", reads="glb", peers=[_numpy_direct("read_glb"), _trimesh("read")]),
    Row(
        name="GLB write",
        ours="ours.write",
        reads="npz",
        writes="glb",
        peers=[_numpy_direct("write_glb"), _trimesh("write")],
    ),
    Row(
        name="3MF read",
        ours="ours.read",
        reads="3mf",
        peers=[Peer(name="lib3mf, into its own model", task="with_lib3mf.read", at_least=2), _trimesh("read")],
        memory=Memory(limits={"M": 100e6}, above_the_mesh=True),
    ),
    Row(
        name="3MF write",
        ours="ours.write",
        reads="npz",
        writes="3mf",
        peers=[
            Peer(name="lib3mf, from arrays", task="with_lib3mf.write", at_least=12),
            Peer(name="lib3mf, from its own model", task="with_lib3mf.write_model", most_pairs=2),
            Peer(name="numpy text + zlib 1", task="direct.write_3mf", outside=False, most_pairs=2),
        ],
        sizes=("M", "L"),
        memory=Memory(limits={"M": 50e6, "L": 50e6}, above_the_mesh=True),
    ),
    Row(
        name="OBJ write",
        ours="ours.write",
        reads="npz",
        writes="obj",
        peers=[_numpy_text("write_obj"), _trimesh("write")],
    ),
    Row(
        name="ASCII STL write",
        ours="ours.write",
        reads="npz",
        writes="ascii.stl",
        peers=[_numpy_text("write_stl_ascii"), _trimesh("write")],
    ),
    Row(
        name="analysis",
        ours="ours.analysis",
        reads="npz",
        peers=[
            Peer(name="vtk", task="with_vtk.analysis", at_least=3),
            Peer(name="vtk, without duplicate faces", task="with_vtk.analysis_without_duplicates", most_pairs=2),
            Peer(name="trimesh", task="with_trimesh.analysis", at_least=5),
        ],
    ),
    Row(
        name="analysis with faces that cross",
        ours="ours.analysis_with_intersections",
        reads="npz",
        peers=[Peer(name="the analysis above", task="ours.analysis", outside=False, most_pairs=2)],
    ),
    Row(
        name="simplify to 10 %, level of detail",
        ours="ours.level",
        reads="npz",
        peers=[Peer(name="meshoptimizer", task="with_meshoptimizer.simplify", at_most=1.1)],
    ),
    Row(
        name="simplify to 10 %, level of detail: deviation",
        ours="ours.level",
        reads="npz",
        writes="ply",
        peers=[Peer(name="meshoptimizer", task="with_meshoptimizer.simplify")],
        figure="rms",
    ),
    Row(
        name="simplify to 10 %, reduce",
        ours="ours.reduced",
        reads="npz",
        peers=[Peer(name="fast-simplification", task="with_fast_simplification.simplify")],
    ),
    Row(
        name="simplify to 10 %, reduce: deviation",
        ours="ours.reduced",
        reads="npz",
        writes="ply",
        peers=[Peer(name="fast-simplification", task="with_fast_simplification.simplify", at_most=1.05)],
        figure="rms",
    ),
    Row(
        name="binary STL to tileset",
        ours="tilesets.tileset",
        reads="stl",
        writes="tiles",
        peers=[
            Peer(
                name="one core: stl-reader, meshoptimizer's half, optimised and packed, once",
                task="with_meshoptimizer.half",
                at_most=1,
            )
        ],
        figure="wall_s",
        sizes=("M", "L"),
        memory=Memory(limits={"L": 1.5e9}),
    ),
    Row(
        name="IFC to tileset, whole command",
        ours="3dtiles",
        reads="ifc",
        writes="tiles",
        peers=[Peer(name="py3dtiles", task=PY3DTILES_COMMAND, at_least=2, least_python=(3, 12))],
        whole_command=True,
    ),
    Row(
        name="12 sheets, one after the other",
        ours="sheets.single_pages",
        reads="set.pdf",
        writes="pages",
        peers=[Peer(name="pikepdf, the same work", task="sheets.single_with_pikepdf", at_most=1.3, outside=False)],
        figure="wall_s",
    ),
    Row(
        name="100 A1 sheets, each as a PDF",
        ours="sheets.pages",
        reads="sheets.pdf",
        writes="pages",
        peers=[
            Peer(name="pikepdf, the same work", task="sheets.with_pikepdf", at_most=1.3, outside=False),
            Peer(name="pikepdf, copying pages", task="sheets.copied_with_pikepdf", outside=False, most_pairs=3),
            Peer(name="qpdf --split-pages", task="sheets.with_qpdf", outside=False, most_pairs=3),
            Peer(name="pypdf, copying pages", task="with_pypdf.pages", most_pairs=3),
        ],
        figure="wall_s",
    ),
    Row(
        name="100 A1 sheets, each as a PDF, on two cores",
        ours="sheets.pages_on_two",
        reads="sheets.pdf",
        writes="pages",
        peers=[Peer(name="pikepdf, the same work on one", task="sheets.with_pikepdf", at_least=1.5, outside=False)],
        figure="wall_s",
    ),
    Row(
        name="100 A1 sheets as one PDF",
        ours="sheets.joined",
        reads="sheets.pdf",
        writes="pdf",
        peers=[Peer(name="pikepdf, copying pages", task="sheets.joined_with_pikepdf", outside=False, most_pairs=3)],
        figure="wall_s",
    ),
    Row(
        name="IFC to plans of its storeys",
        ours="plans.plans",
        reads="ifc",
        writes="pdf",
        peers=[Peer(name="ifcopenshell's SVG", task="plans.svg", at_least=3, outside=False, most_pairs=3)],
        figure="wall_s",
    ),
]

#: Rows of the plan whose work the product does not do yet.
NOT_BUILT = ["1,000 contours of 100 k triangles", "1,000 DLP layers 1280 × 800 of 100 k triangles, as tar.gz"]
