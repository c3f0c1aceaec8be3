"""`trunkline drain`: no new calls at this host's gateways, and a wait for those that live; `--off` ends it."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from trunkline.platform.setting import clock
from trunkline.platform.setting.admin_line import ask_gateways, gateway_sockets
from trunkline.platform.setting.settings import load_settings

_LOOK_EVERY_S: Final = 0.5


def main(within_s: float, *, off: bool = False) -> int:
    """0 when no call lives any more, or calls are taken again; 2 without a gateway.

    1 when the time is up first, or a gateway takes new calls meanwhile: it was restarted, or somebody said `--off`.
    """
    run = load_settings().home.run
    if not gateway_sockets(run):
        sys.stderr.write("trunkline: no gateway runs here\n")
        return 2
    return asyncio.run(_take_new(run) if off else _drain(run, within_s))


async def _take_new(run: Path) -> int:
    answers = await ask_gateways(run, {"verb": "undrain"})
    for name, _ in answers:
        _say(f"{name} takes new calls")
    return 0 if answers else 2


async def _drain(run: Path, within_s: float) -> int:
    drained = {name for name, _ in await ask_gateways(run, {"verb": "drain"})}
    if not drained:
        sys.stderr.write("trunkline: no gateway answers\n")
        return 2
    deadline, told = clock.now() + within_s, -1
    while True:
        answers = await ask_gateways(run, {"verb": "state"})
        taking = [name for name, answer in answers if not answer.get("draining")]
        if taking:
            _say(f"Not drained: {', '.join(taking)} takes new calls, by a restart or by trunkline drain --off")
            return 1
        calls = sum(int(answer.get("ongoing", 0)) for _, answer in answers)
        if calls != told:
            _say(f"calls that live: {calls}")
            told = calls
        if calls == 0 and drained.issubset(name for name, _ in answers):  # whoever is silent may have calls
            _say("Drained: the gateways may end now. To take new calls again: trunkline drain --off")
            return 0
        if clock.now() >= deadline:
            _say(
                f"Not drained in {within_s:g} s, new calls are still refused. To take them again: trunkline drain --off"
            )
            return 1
        await asyncio.sleep(_LOOK_EVERY_S)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
