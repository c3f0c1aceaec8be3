"""`/operator/v1/Bans`: the sources that gateways turn away after too many failed authentications."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from trunkline.platform.setting.log import logger
from trunkline.service.control.admin_line import Unreachable, ask
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()
_log = logger(room="control.api")


async def _ask_gateways(control: Control, question: dict[str, object]) -> list[tuple[str, dict[str, Any]]]:
    """Each gateway's answer beside its name; one that does not answer has no bans that could matter now."""
    answers = []
    for socket in sorted(control.run_dir.glob("gateway-*.sock")):
        try:
            answers.append((socket.stem, await ask(socket, question)))
        except Unreachable as fault:
            _log.warning("gateway does not answer", fault=str(fault))
    return answers


@router.get("/operator/v1/Bans")
async def list_bans(control: Context) -> JSONResponse:
    bans = [
        {**ban, "gateway": name}
        for name, answer in await _ask_gateways(control, {"verb": "bans"})
        for ban in answer.get("bans", [])
    ]
    return JSONResponse({"bans": bans})


@router.delete("/operator/v1/Bans/{source}", status_code=204)
async def lift(control: Context, source: str) -> None:
    """Lifts every ban of this source address at every gateway; 20404 when none has one."""
    answers = await _ask_gateways(control, {"verb": "unban", "source": source})
    if not any(answer.get("lifted") for _name, answer in answers):
        raise NotFound
