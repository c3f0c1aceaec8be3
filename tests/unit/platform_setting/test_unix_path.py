"""A home may lie deeper than the address of a UNIX socket is long."""

import socket
from pathlib import Path

import pytest

from trunkline.platform.setting.unix_path import unix_path


@pytest.mark.parametrize("depth", [0, 3])
def test_a_socket_is_bound_and_reached_however_deep_it_lies(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["x" * 60] * depth)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gateway.sock"
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there,
    ):
        with unix_path(path) as address:
            here.bind(address)
        assert path.is_socket()
        with unix_path(path) as address:
            there.sendto(b"heard", address)
        assert here.recv(16) == b"heard"


def test_a_missing_directory_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), unix_path(tmp_path.joinpath(*["x" * 60] * 3) / "a.sock"):
        pass
