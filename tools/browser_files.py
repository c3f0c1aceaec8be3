"""Copies what browsers need from npm's packages into the control plane; nothing of theirs is committed.

`python tools/browser_files.py` is what the build hook and `make setup` run. Without npm, or without its registry, it
says what is left out and ends well: the service does without, and `/docs` says so.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "trunkline" / "service" / "control" / "static" / "vendor"
FILES = {
    "swagger-ui-dist": (
        "swagger-ui-bundle.js",
        "swagger-ui-bundle.js.LICENSE.txt",
        "swagger-ui.css",
        "LICENSE",
        "NOTICE",
    )
}
_LOCKED = ("package.json", "package-lock.json")
_STAMP = ".lock"
_TIME_S = 120
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000")
"""No package's own scripts are run, and a registry that does not answer is given up soon."""


def main() -> int:
    """Always 0: what these files show is documentation, not the service."""
    lock = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in _LOCKED)).hexdigest()
    if is_there(lock):
        return 0
    reason = fetch(lock)
    if reason:
        sys.stderr.write(f"trunkline: {reason}, so /docs has no page; /openapi.json is served all the same\n")
    return 0


def is_there(lock: str) -> bool:
    """Whether the files of this very lock lie in the package."""
    stamp = TARGET / _STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == lock


def fetch(lock: str) -> str | None:
    """Installs by hash into a folder of its own and copies; the reason where that cannot be."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed (Debian: apt install npm)"
    with tempfile.TemporaryDirectory() as folder:
        for name in _LOCKED:
            shutil.copy(ROOT / name, folder)
        # No package's own scripts are run, and a registry that does not answer is given up soon.
        command = [
            npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            "--fetch-timeout=20000",
        ]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_TIME_S)
        except (OSError, subprocess.SubprocessError) as fault:
            return f"npm did not bring the packages ({type(fault).__name__})"
        copy(Path(folder) / "node_modules", lock)
    return None


def copy(modules: Path, lock: str) -> None:
    """The named files, the stamp last: a copy that breaks off is made again."""
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / _STAMP).unlink(missing_ok=True)
    for package, names in FILES.items():
        for name in names:
            prefix = f"{package}." if name.isupper() else ""
            shutil.copy(modules / package / name, TARGET / (prefix + name))
    (TARGET / _STAMP).write_text(lock, encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
