"""`TRUNKLINE_HOME`: where a host keeps its state, readable by its owner alone."""

import fcntl
import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

from trunkline.kit.secret import Secret
from trunkline.platform.setting.errors import AlreadyRunning, SettingsError


@final
@dataclass(frozen=True, slots=True)
class Home:
    """The state directory; `path` is absolute."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "trunkline.db"

    @property
    def journal(self) -> Path:
        """One directory below it for each gateway."""
        return self.path / "journal"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    @property
    def recordings(self) -> Path:
        return self.path / "recordings"

    @property
    def tls(self) -> Path:
        return self.path / "tls"

    @property
    def bytecode(self) -> Path:
        """Compiled modules, where the installation keeps none."""
        return self.path / "bytecode"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def status(self) -> Path:
        """The supervisor's account of its processes."""
        return self.run / "status.json"

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def socket(self, name: str) -> Path:
        """The admin socket of a process: `gateway-127.0.0.1-5060`, `sandbox`."""
        return self.run / f"{name}.sock"

    @property
    def secret_key_file(self) -> Path:
        return self.path / "secret.key"

    @property
    def cli_file(self) -> Path:
        return self.path / "cli.toml"

    def prepare(self) -> None:
        """Makes what is missing, for the owner alone; raises SettingsError when it cannot."""
        try:
            for directory in (self.path, self.journal, self.spool, self.recordings, self.tls, self.run):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"TRUNKLINE_HOME={self.path}: {error.strerror}: {error.filename}") from error

    def secret_key(self) -> Secret[str]:
        """The platform's key; made at first use. Without it nothing sealed can be opened again."""
        if not self.path.is_dir():
            raise SettingsError(f"TRUNKLINE_HOME={self.path}: there is no such directory; `trunkline up` makes it")
        if not self.secret_key_file.exists():
            fresh = _write_fresh(self.secret_key_file, secrets.token_hex(32) + "\n")
            # A link never replaces: of two processes that start together one makes the key, both read it.
            with suppress(FileExistsError):
                self.secret_key_file.hardlink_to(fresh)
            fresh.unlink()
        key = _read_private(self.secret_key_file).strip()
        if len(key) < 32:
            raise SettingsError(f"{self.secret_key_file}: not a key of at least 32 characters")
        return Secret(key)

    def cli_values(self) -> dict[str, str]:
        """What `cli.toml` holds: account, tokens, the demo's credential. Empty when there is none yet."""
        if not self.cli_file.exists():
            return {}
        try:
            values = tomllib.loads(_read_private(self.cli_file))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{self.cli_file}: {error}") from error
        return {name: value for name, value in values.items() if isinstance(value, str)}

    def keep_cli_values(self, values: Mapping[str, str]) -> None:
        """Adds to `cli.toml`, or replaces in it; a reader sees the old file or the new one, never half of one."""
        merged = {**self.cli_values(), **values}
        if merged == self.cli_values():
            return
        # A JSON string of printable text is a TOML basic string as well.
        text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in merged.items())
        _write_fresh(self.cli_file, text).replace(self.cli_file)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Holds `run/{name}.pid` for as long as the block runs; raises AlreadyRunning when another process does.

        SettingsError where nothing can be written: a disk that is full or read-only, a home of somebody else's.
        """
        path = self.pid_file(name)
        with _told_of(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(f"{name} is running already as process {holder or '?'} ({path})") from None
        try:
            with _told_of(path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
            # Emptied, not removed: a lock on a file that another process removed would guard nothing.
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """What the system does not allow there, as a fault of the settings."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error


def _write_fresh(path: Path, text: str) -> Path:
    """Writes a file of the owner's alone beside `path`, durably, to be put in its place whole."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with _told_of(path):
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    return fresh


def _read_private(path: Path) -> str:
    """A file's text, after its mode was brought back to 0600 if need be."""
    with _told_of(path):
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path.read_text(encoding="utf-8")
