"""`make compiled`: a copy of the package in build/compiled/ whose hot rooms are machine code (mypyc).

The copy stands beside the sources and never in them, where an extension module would hide every later edit of its
source. Run it with PYTHONPATH=build/compiled. The rooms in it that are not compiled are the same Python as in src/.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = ROOT / "src" / "trunkline"
COMPILED: Final = ROOT / "build" / "compiled"
STAMP: Final = "compiled-from"
THIS: Final = Path(__file__).resolve()
_STAGE: Final = ROOT / "build" / "compiling"

ROOMS: Final = ("kit", "protocol/sip", "protocol/sdp", "protocol/ng", "domain/call")
INTERPRETED: Final = {
    "kit/secret.py": "its equality is hmac.compare_digest and its use one call a transaction: nothing to win",
    "domain/call/hunt.py": "mypyc cannot build a slotted dataclass that is Generic (it sets the type's __dict__)",
}
"""Modules of ROOMS that stay Python, each with its reason. Package files are empty and stay Python too."""


def modules(package: Path = SOURCES) -> Iterator[Path]:
    """The files that are compiled, relative to `package`, in a fixed order."""
    for room in ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            name = path.relative_to(package)
            if path.name != "__init__.py" and name.as_posix() not in INTERPRETED:
                yield name


def fingerprint() -> str:
    """SHA-256 of everything the build is made from: all sources, this file, the interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (THIS, *sorted(SOURCES.rglob("*.py"))):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether build/compiled/ was made from the sources as they are now, by this interpreter."""
    stamp = COMPILED / STAMP
    return stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint()


def build() -> None:
    """Make build/compiled/ anew; what stands there already is kept until the new one is whole and imports."""
    made_from = fingerprint()
    shutil.rmtree(_STAGE, ignore_errors=True)
    shutil.copytree(SOURCES, _STAGE / "trunkline", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, str(THIS), "extensions"], cwd=_STAGE, env=_environment(_STAGE), check=True)
    shutil.rmtree(_STAGE / "build")
    subprocess.run([sys.executable, str(THIS), "verify"], cwd=_STAGE, env=_environment(_STAGE), check=True)
    (_STAGE / STAMP).write_text(made_from, encoding="ascii")
    shutil.rmtree(COMPILED, ignore_errors=True)
    _STAGE.rename(COMPILED)


def _environment(package: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(package), "MYPYPATH": str(package)}


def _extensions() -> None:
    """In the stage, as the process that setuptools takes its command line from."""
    from mypyc.build import mypycify
    from setuptools import setup

    files = [str(Path("trunkline", name)) for name in modules(Path("trunkline"))]
    options = ["--config-file=", "--strict", "--ignore-missing-imports", "--cache-dir=build/types"]
    extensions = mypycify([*options, *files], opt_level="3", debug_level="0")
    setup(name="trunkline", ext_modules=extensions, script_args=["--quiet", "build_ext", "--inplace"])


def _verify() -> None:
    """Every module that should be machine code is imported as such."""
    import importlib

    for name in modules(Path("trunkline")):
        module = importlib.import_module(".".join(("trunkline", *name.with_suffix("").parts)))
        origin = str(module.__file__)
        if not (origin.endswith(tuple(EXTENSION_SUFFIXES)) and Path(origin).is_relative_to(Path.cwd())):
            raise SystemExit(f"{module.__name__} is not compiled: {origin}")


def main() -> None:
    """Without an argument: build, unless what is there is current."""
    match sys.argv[1:]:
        case ["extensions"]:
            _extensions()
        case ["verify"]:
            _verify()
        case []:
            if not is_current():
                build()
        case _:
            raise SystemExit("usage: python tools/compile.py")


if __name__ == "__main__":
    main()
