"""The rows about mesh files: what runs, and which ratio to each peer is the target."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("outfeed")

#: Whole commands of the peers: what a user would type who has no Outfeed.
TRIMESH_COMMAND = "import sys, trimesh; trimesh.load_mesh(sys.argv[1]).export(sys.argv[2])"
COPY_COMMAND = "import sys, numpy; numpy.fromfile(sys.argv[1], dtype=numpy.uint8).tofile(sys.argv[2])"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What we are measured beside."""

    name: str
    #: A task of `tasks.py`, or Python code where the row measures whole commands.
    task: str
    #: Ratio of the peer's median to ours that we must reach; for a floor, of ours to its that we may not exceed.
    target: float | None = None
    floor: bool = False
    #: Whether it runs in the peers' environment.
    outside: bool = True


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of work."""

    name: str
    ours: str
    peers: list[Peer]
    #: `cpu_s` for work in a process, `wall_s` for whole commands.
    figure: str = "cpu_s"
    #: Peak of memory above the start that we may not exceed, by size of the input.
    memory_bytes: dict[str, float] = field(default_factory=dict)
    whole_command: bool = False


ROWS = [
    Row(
        name="binary STL to welded mesh",
        ours="ours_weld",
        peers=[
            Peer(name="stl-reader", task="stl_reader_weld", target=3),
            Peer(name="trimesh", task="trimesh_weld", target=40),
            Peer(name="reading the bytes", task="read_bytes", target=2.5, floor=True, outside=False),
        ],
        memory_bytes={"L": 0.4e9},
    ),
    Row(
        name="binary STL to GLB",
        ours="ours_glb",
        peers=[
            Peer(name="stl-reader + numpy", task="stl_reader_glb"),
            Peer(name="trimesh", task="trimesh_glb", target=30),
            Peer(name="reading and writing the bytes", task="copy_bytes", target=3, floor=True, outside=False),
        ],
    ),
    Row(
        name="binary STL to GLB, whole command",
        ours="export",
        peers=[
            Peer(name="trimesh", task=TRIMESH_COMMAND, target=10),
            Peer(name="a Python that copies the bytes", task=COPY_COMMAND, target=1.5, floor=True, outside=False),
        ],
        figure="wall_s",
        whole_command=True,
    ),
]


def command(row: Row, peer: Peer | None, *, outside: Path, source: Path, target: Path) -> list[str]:
    """Return what to start for one measurement; `outside` is the Python of the peers."""
    if row.whole_command and peer is None:
        return [str(PROGRAM), row.ours, str(source), "--to", "glb", "-o", str(target)]
    python = str(outside) if peer is not None and peer.outside else sys.executable
    if row.whole_command and peer is not None:
        return [python, "-c", peer.task, str(source), str(target)]
    return [python, str(HERE / "tasks.py"), row.ours if peer is None else peer.task, str(source), str(target)]
