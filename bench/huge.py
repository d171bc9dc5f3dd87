"""A binary STL of 100 million triangles into GLB and 3MF: `python huge.py FOLDER`, which needs 15 GB of room.

Each runs as the whole command `outfeed export`, which may have no more than 8 GiB of address space. What came out is
counted. Figures go to `results/huge.json`; it takes a quarter of an hour and is no part of `make bench`.
"""

import json
import os
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from inputs import triangles_in
from machine import describe

SIZE = "XL"
MOST_MEMORY_KIB = 8 << 20
HERE = Path(__file__).parent
RESULTS = HERE / "results" / "huge.json"
PROGRAM = Path(sys.executable).with_name("outfeed")
#: Bytes of an unpacked part that are looked at together.
CHUNK = 1 << 24


def main(folder: Path) -> None:
    """Make the file where it is not there yet, convert it, and write down what that took."""
    source = folder / "huge.stl"
    if not source.exists():
        # In a process of its own, so that this one stays small.
        subprocess.run([sys.executable, str(HERE / "inputs.py"), SIZE, str(source)], check=True)
    rows = []
    for form, count in (("glb", triangles_of_glb), ("3mf", triangles_of_3mf)):
        target = folder / f"huge.{form}"
        row = {"to": form} | _convert(source, target) | {"triangles": count(target)}
        print(row)
        _expect(row["triangles"] == triangles_in(SIZE), "all triangles came out")
        rows.append(row)
        target.unlink()
    made = {"triangles": triangles_in(SIZE), "source_bytes": source.stat().st_size}
    RESULTS.write_text(json.dumps(made | {"machine": describe(), "rows": rows}, indent=1) + "\n")


def _convert(source: Path, target: Path) -> dict[str, Any]:
    """Run the command with its limits raised, and return time and memory."""
    command = [str(PROGRAM), "export", str(source), "--to", target.suffix[1:], "-o", str(target)]
    limited = ["sh", "-c", 'ulimit -v "$0" && exec "$@"', str(MOST_MEMORY_KIB), *command]
    begun = time.perf_counter()
    process = subprocess.Popen(limited, env=os.environ | {"OUTFEED_MAX_TRIANGLES": "200000000"})
    _, status, usage = os.wait4(process.pid, 0)
    _expect(status == 0, "the command ends well")
    return {
        "wall_s": round(time.perf_counter() - begun, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_bytes": usage.ru_maxrss * 1024,
        "bytes": target.stat().st_size,
    }


def _expect(truth: bool, what: str) -> None:  # noqa: FBT001 it reads as an assertion
    if not truth:
        raise SystemExit(f"Not so: {what}.")


def triangles_of_glb(path: Path) -> int:
    """Return the triangles of a GLB, having compared its length with what it says of itself."""
    with path.open("rb") as file:
        magic, version, total, size = struct.unpack("<4sIII", file.read(16))
        file.read(4)
        document = json.loads(file.read(size))
        (binary,) = struct.unpack("<I", file.read(4))
    _expect((magic, version, total) == (b"glTF", 2, path.stat().st_size), "the header says the length of the file")
    _expect(28 + size + binary == total, "the two chunks fill the file")
    accessors = document["accessors"]
    return sum(accessors[part["indices"]]["count"] // 3 for mesh in document["meshes"] for part in mesh["primitives"])


def triangles_of_3mf(path: Path) -> int:
    """Return the triangles of a 3MF; reading to the end compares the sum of its bytes."""
    word, count, rest = b"<triangle ", 0, b""
    with zipfile.ZipFile(path) as archive, archive.open("3D/3dmodel.model") as part:
        while data := part.read(CHUNK):
            text = rest + data
            count += text.count(word)
            rest = text[-len(word) + 1 :]
    return count


if __name__ == "__main__":
    main(Path(sys.argv[1]))
