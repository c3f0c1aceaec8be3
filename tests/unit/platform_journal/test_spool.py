"""Segments on disk: one holder, positions that rise, a torn tail, a full disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.platform_journal.disk import Disk
from trunkline.platform.journal.errors import JournalError, JournalInUse
from trunkline.platform.journal.frame import framed
from trunkline.platform.journal.spool import NOWHERE, Spool


def payloads(spool: Spool, position: int = 0) -> list[bytes]:
    return [payload for _, payload in spool.read(position)]


@pytest.mark.e2e
def test_a_second_process_is_refused_and_told_who_holds_the_directory(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from trunkline.platform.journal.errors import JournalInUse\n"
        "from trunkline.platform.journal.spool import Spool\n"
        "try: Spool(Path(sys.argv[1]))\n"
        "except JournalInUse as error: print(error)\n"
    )
    found = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert f"pid {os.getpid()}" in found.stdout
    assert str(tmp_path) in found.stdout
    spool.close()
    Spool(tmp_path).close()


def test_a_lock_of_this_process_holds_as_well(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(JournalInUse):
        Spool(tmp_path)
    spool.close()


def test_a_directory_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"journal .*file"):
        Spool(tmp_path / "file" / "journal")


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "journal")
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "journal").iterdir()} == {0o600}
    spool.close()


def test_appended_frames_are_there_at_once_for_another_reader(tmp_path: Path) -> None:
    """What `kill -9` must not lose: no buffer of ours stands between append and kernel."""
    spool = Spool(tmp_path)
    spool.append(framed(b"one"))
    assert framed(b"one") in [path.read_bytes() for path in tmp_path.glob("*.journal")]
    spool.close()


def test_positions_rise_over_segments_and_restarts(tmp_path: Path) -> None:
    positions = []
    for _ in range(2):
        spool = Spool(tmp_path)
        positions.append(spool.append(framed(b"a")))
        positions.append(spool.append(framed(b"b")))
        assert spool.rotate()
        positions.append(spool.append(framed(b"c")))
        spool.close()
    assert positions == sorted(set(positions))
    spool = Spool(tmp_path)
    assert payloads(spool) == [b"a", b"b", b"c"] * 2
    assert payloads(spool, positions[4]) == [b"b", b"c"]
    spool.close()


def test_a_torn_tail_costs_the_torn_frame_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(framed(b"one"))
    spool.append(framed(b"two"))
    spool.close()
    segment = next(tmp_path.glob("*.journal"))
    segment.write_bytes(segment.read_bytes()[:-1])
    spool = Spool(tmp_path)
    spool.append(framed(b"three"))
    assert payloads(spool) == [b"one", b"three"]
    assert spool.torn == 1
    spool.close()


def test_a_full_disk_is_a_value_and_leaves_no_half_frame(tmp_path: Path) -> None:
    disk = Disk()
    spool = Spool(tmp_path, disk.write)
    spool.append(framed(b"one"))
    disk.full = True
    assert spool.append(framed(b"two")) == NOWHERE
    assert spool.fault == "No space left on device"
    disk.full = False
    disk.short = 5
    assert spool.append(framed(b"three")) == NOWHERE
    assert spool.append(framed(b"four")) != NOWHERE
    assert spool.fault == ""
    assert payloads(spool) == [b"one", b"four"]
    spool.close()


def test_the_sync_job_covers_what_was_appended_and_nothing_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    spool = Spool(tmp_path)
    for _ in range(3):
        spool.append(framed(b"one"))
        spool.rotate()
        job = spool.sync_job()
        assert job is not None
        job()
    assert spool.sync_job() is None
    assert spool.sync_fault == ""
    spool.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_removal_spares_the_segment_in_use(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append(framed(b"one"))
    spool.rotate()
    spool.append(framed(b"two"))
    spool.remove_before(99)
    assert payloads(spool) == [b"two"]
    assert len(list(tmp_path.glob("*.journal"))) == 1
    spool.close()
