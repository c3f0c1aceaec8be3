"""The one connection to Valkey, when the server behind it has become a replica."""

import asyncio

import pytest

from trunkline.kit.ids import AccountSid
from trunkline.kit.secret import Secret
from trunkline.platform.valkey.errors import ValkeyAway
from trunkline.platform.valkey.gate import Gate


class Replica:
    """A server that counts connections, greets, and writes for nobody until it is `promoted`."""

    def __init__(self) -> None:
        self.connections = 0
        self.promoted = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        replica = not self.promoted
        while (line := await reader.readline()).startswith(b"*"):
            words = []
            for _ in range(int(line[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2].upper())
            writer.write(self.answer(words, replica=replica))
        writer.close()

    def answer(self, words: list[bytes], *, replica: bool) -> bytes:
        if words[0] == b"EVALSHA":
            return b"-READONLY You can't write against a read only replica.\r\n" if replica else b":1\r\n"
        return b"-ERR unknown command\r\n" if words[0] == b"HELLO" else b"+OK\r\n"


async def test_a_server_that_became_a_replica_is_left_for_whoever_the_name_leads_to() -> None:
    """Decision 7, a failover by name: the old connection would be refused for ever."""
    replica = Replica()
    server = await asyncio.start_server(replica.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gate = Gate(Secret(f"valkey://127.0.0.1:{port}/?protocol=2"), "ashburn", "here")
    try:
        for _ in range(2):
            with pytest.raises(ValkeyAway, match="ReadOnlyError"):
                await gate.publish({AccountSid("AC1"): 1})
        assert replica.connections == 2
        replica.promoted = True
        await gate.publish({AccountSid("AC1"): 1})
    finally:
        await gate.close()
        server.close()
