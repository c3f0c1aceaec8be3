"""The processes' admin sockets: one JSON line there, one JSON line back."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.platform.setting.unix_path import unix_path

_LONGEST_LINE = 4 * 1024 * 1024


class Unreachable(Exception):
    """Nobody listens on the socket, or no answer came that could be read."""


async def ask(socket: Path, question: Mapping[str, object], within_s: float = 3.0) -> dict[str, Any]:
    """Raises Unreachable."""
    try:
        async with asyncio.timeout(within_s):
            with unix_path(socket) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=_LONGEST_LINE)
            try:
                writer.write(json.dumps(question).encode() + b"\n")
                await writer.drain()
                answer = json.loads(await reader.readline())
            finally:
                writer.close()
    except (OSError, ValueError) as fault:  # ValueError: no JSON, or a line without end
        raise Unreachable(f"{socket.name}: {type(fault).__name__}") from fault
    if not isinstance(answer, dict):
        raise Unreachable(f"{socket.name}: not an object")
    return answer
