"""Names that need no DNS."""

from pathlib import Path

import pytest

from trunkline.platform.sipnet.hosts import is_localhost, read_hosts


def test_hosts_file_is_read_without_comments_and_nonsense(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("# nothing\n\n192.0.2.1 PBX pbx.example.com # ours\n2001:db8::1\tpbx\nnonsense x\n192.0.2.2\n")
    assert read_hosts(path) == {"pbx": ("192.0.2.1", "2001:db8::1"), "pbx.example.com": ("192.0.2.1",)}


def test_missing_hosts_file_is_empty(tmp_path: Path) -> None:
    assert read_hosts(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("name", "local"),
    [("localhost", True), ("a.b.localhost.", True), ("localhost.example.com", False), ("notlocalhost", False)],
)
def test_localhost_is_recognised(name: str, local: bool) -> None:
    assert is_localhost(name) is local
