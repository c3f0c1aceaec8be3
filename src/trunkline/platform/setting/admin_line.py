"""The processes' admin sockets: one JSON line there, one JSON line back."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.platform.setting.log import logger
from trunkline.platform.setting.unix_path import unix_path

_log = logger(room="setting")
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


def gateway_sockets(run_dir: Path) -> list[Path]:
    """The admin sockets of the gateway processes on this host."""
    return sorted(run_dir.glob("gateway-*.sock"))


async def ask_gateways(run_dir: Path, question: Mapping[str, object]) -> list[tuple[str, dict[str, Any]]]:
    """Each gateway process's answer beside its name; one that does not answer is left out, and logged."""
    answers = []
    for socket in gateway_sockets(run_dir):
        try:
            answers.append((socket.stem, await ask(socket, question)))
        except Unreachable as fault:
            _log.warning("gateway does not answer", fault=str(fault))
    return answers
