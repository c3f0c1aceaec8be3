"""The kernel's own count of datagrams dropped for want of buffer."""

import socket

from trunkline.service.relay.kernel_drops import receive_buffer_errors
from trunkline.service.relay.udp_socket import bound


def test_a_full_buffer_is_counted() -> None:
    before = receive_buffer_errors()
    with bound("127.0.0.9", 0) as full, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        full.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        for _ in range(50):
            sender.sendto(bytes(1000), full.getsockname())
    assert receive_buffer_errors() >= before + 40
