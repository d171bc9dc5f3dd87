"""`scripts/setup` on a machine that lacks something: it installs that as root, and else says what to install."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup"
TOOLS = ("bash", "dirname")
NO_COMPILER = (
    "outfeed builds its kernels with a C++ compiler, and there is none. As root: apt-get install g++ "
    "(Fedora: dnf install gcc-c++). Then run make again.\n"
)
OTHER_PYTHON = "Try: make setup PYTHON=/path/to/python3.11\n"
#: A Python of another kind: what `-c` is given runs behind these lines.
NO_HEADERS = "import sysconfig; sysconfig.get_paths = lambda: {'include': '/nowhere'}"
NO_VENV = "import sys; sys.modules['ensurepip'] = None"
OLD = "import sys; sys.version_info = (3, 9, 1)"


@dataclass(frozen=True)
class Machine:
    """A folder of programs that is the whole PATH, and a copy of the script."""

    folder: Path

    def program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def python(self, lines: str) -> None:
        (self.folder / "odd.py").write_text(f"import sys\n{lines}\nexec(sys.argv[2])\n")
        self.program("python3", f'exec "{sys.executable}" "{self.folder}/odd.py" "$@"')

    def setup(self) -> tuple[int, str]:
        """Run the script, which must not come as far as making the environment."""
        script = self.folder / "scripts" / "setup"
        command = ["/bin/sh", "-c", f'exec bash "{script}" python3']
        ran = subprocess.run(
            command, env={"PATH": str(self.folder / "bin")}, capture_output=True, text=True, check=False, timeout=60
        )
        assert not (self.folder / ".venv").exists()
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with a Python, no compiler, and a user who is not root."""
    for name in ("bin", "scripts"):
        (tmp_path / name).mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts" / "setup")
    for name in TOOLS:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    machine = Machine(tmp_path)
    machine.python("")
    machine.program("id", "echo 1000")
    return machine


def test_a_machine_without_a_compiler_is_told_what_to_install(machine: Machine) -> None:
    assert (1, NO_COMPILER) == machine.setup()


def test_root_is_told_the_same_where_nothing_can_be_installed(machine: Machine) -> None:
    machine.program("id", "echo 0")
    machine.program("apt-get", "echo no network; exit 100")

    assert (1, NO_COMPILER) == machine.setup()


def test_root_has_the_compiler_installed(machine: Machine) -> None:
    """Here by a program that is as far as the script can see; Python's headers are what is then missing."""
    machine.program("id", "echo 0")
    compiler = machine.folder / "bin" / "g++"
    machine.program("apt-get", f'[ "$1" != install ] || {{ echo > {compiler}; /bin/chmod +x {compiler}; }}')
    machine.python(NO_HEADERS)

    code, said = machine.setup()

    assert (1, True) == (code, compiler.exists())
    assert "C++ compiler" not in said


@pytest.mark.parametrize(("lines", "what"), [(NO_HEADERS, "dev"), (NO_VENV, "venv")])
def test_a_python_that_lacks_a_part_is_told_its_package(machine: Machine, lines: str, what: str) -> None:
    machine.program("c++", "true")
    machine.python(lines)

    code, said = machine.setup()

    package = f"python3.{sys.version_info[1]}-{what}"
    assert (1, 1) == (code, said.count("\n"))
    assert f"As root: apt-get install {package} (Fedora: " in said


@pytest.mark.parametrize("lines", ["sys.exit(127)", OLD])
def test_another_python_is_refused_in_one_sentence(machine: Machine, lines: str) -> None:
    machine.python(lines)

    code, said = machine.setup()

    assert (1, 1) == (code, said.count("\n"))
    assert said.startswith("outfeed needs Python 3.11, 3.12 or 3.13")
    assert said.endswith(OTHER_PYTHON)
