"""Build the harnesses of `native/fuzz` with clang's sanitizers and run them; arguments name some of the kernels.

Prints runs, seconds and findings of each, and exits with 1 if there is any: the report and the input that shows it stay
in `build/fuzz`. `OUTFEED_FUZZ_RUNS` says how often each runs; a million times is the rule.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HARNESSES = ROOT / "native" / "fuzz"
WORK = ROOT / "build" / "fuzz"

FLAGS = [
    *("-std=c++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror"),
    *("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"),
]
MILLION = 1_000_000

#: Longest input in bytes where 256 are too many for the time there is.
LENGTHS = {"intersections": 64, "simplify": 96, "topology": 96}

_FACET = b"facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1e3 0 -0\nvertex .5 1 nan\nendloop\nendfacet\n"
_FIRST_FACE = b"v 0 0 0 1 0 .5\nv 1 0 0 0 1 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 1\nusemtl a b\nf 1/1 2/2 3\n"
_MORE_FACES = b"o x\ng y\ns 1\nl 1 2\\\n 3\nf 1//1 2//1 4//1\n"
#: The first inputs; of texts, what stands behind the bytes that say where pieces end.
SEEDS = {
    "stl_ascii": [b"solid a\n" + _FACET.replace(b"nan", b"1") * 2 + b"endsolid a\n", _FACET, b"solid " + _FACET],
    "obj": [_FIRST_FACE + b"f -4 -3 -2 -1\n", b"mtllib a b\n" + _FIRST_FACE + _MORE_FACES],
    "threemf": [
        b"\x01\x00\x50<vertex x='1' y='-2.5' z='3e2' />\n<vertex z='0' y='.5' x='7'/>",
        b"\x00\x00\x50<m:triangle v1='0' v2='1' v3='2'/>\n<m:triangle v1='3' v2='2' v3='1' pid='1' p1='0' p2='1'/>",
    ],
    "numbers": [b"1 -2.5e3,+.25\n0x1 1e999 1e-999 nan inf 123456789012345678901234567890\r\n"],
}
#: Pieces of 8, 2, 32, 1, 4, 2, 64 bytes, and what is left.
CUTS = b"\x01\x07\x01\x1f\x00\x03\x01\x3f"
TEXTS = {"stl_ascii", "obj"}
#: Words that libFuzzer would be long in finding.
WORDS = {
    "stl_ascii": ["solid", "endsolid", "facet", "normal", "outer", "loop", "vertex", "endloop", "endfacet"],
    "obj": ["v ", "vt ", "vn ", "f ", "l ", "p ", "o ", "g ", "usemtl ", "mtllib ", "curv", r"\\\x0a", "//", "-1"],
    "threemf": ["<vertex ", "<m:triangle ", "x='", "y='", "z='", "v1='", "v2='", "v3='", "p1='", "pid='", "'/>", "' "],
    "numbers": ["nan", "inf", "1e999", "1e-999", "-0", "+1", "0x"],
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a harness."""

    kernel: str
    runs: int
    seconds: float
    #: libFuzzer ends at the first.
    findings: int


def kernels() -> list[str]:
    """Return the names of all harnesses."""
    return sorted(path.stem.removeprefix("fuzz_") for path in HARNESSES.glob("fuzz_*.cpp"))


def build(kernel: str, compiler: str) -> None:
    """Compile a harness into `build/fuzz`."""
    source = HARNESSES / f"fuzz_{kernel}.cpp"
    subprocess.run([compiler, *FLAGS, str(source), "-o", str(WORK / kernel)], check=True)


def run(kernel: str, runs: int) -> Result:
    """Run a harness so often, beginning with the seeds and with what earlier runs found worth keeping."""
    corpus, log = WORK / "corpus" / kernel, WORK / f"{kernel}.log"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS.get(kernel, [])):
        (corpus / f"seed-{number}").write_bytes(CUTS * (kernel in TEXTS) + seed)
    options = [f"-runs={runs}", f"-max_len={LENGTHS.get(kernel, 256)}", "-timeout=10", "-print_final_stats=1"]
    options.append(f"-artifact_prefix={WORK / kernel}-")
    if kernel in WORDS:
        words = WORK / f"{kernel}.dict"
        words.write_text("".join(f'"{word}"\n' for word in WORDS[kernel]))
        options.append(f"-dict={words}")
    begun = time.monotonic()
    with log.open("wb") as out:
        command = [str(WORK / kernel), *options, str(corpus)]
        ended = subprocess.run(command, stdout=out, stderr=out, check=False).returncode
    seconds = time.monotonic() - begun
    done = re.search(r"number_of_executed_units: (\d+)", log.read_text(errors="replace"))
    return Result(kernel=kernel, runs=int(done[1]) if done else 0, seconds=seconds, findings=int(ended != 0))


def main(names: list[str]) -> int:
    """Build, run and report; return the exit code."""
    compiler = shutil.which("clang++")
    if compiler is None:
        print("The kernels are fuzzed with clang, and it is not here. As root: apt-get install clang libclang-rt-dev")
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    chosen, runs = names or kernels(), int(os.environ.get("OUTFEED_FUZZ_RUNS", MILLION))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(lambda kernel: build(kernel, compiler), chosen))
        results = list(pool.map(lambda kernel: run(kernel, runs), chosen))
    print(f"{'kernel':<16}{'runs':>12}{'seconds':>10}{'findings':>10}")
    for one in results:
        print(f"{one.kernel:<16}{one.runs:>12,}{one.seconds:>10.1f}{one.findings:>10}")
    for one in results:
        if one.findings:
            print(f"{one.kernel}: see {WORK / one.kernel}.log; the input is beside it")
    return int(any(one.findings for one in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
