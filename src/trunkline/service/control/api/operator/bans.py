"""`/operator/v1/Bans`: the sources that gateways turn away (design, decision 19), over all gateways of this host."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from trunkline.platform.setting.admin_line import ask_gateways
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.provisioning.refusal import NotFound

router = APIRouter()


async def _bans(control: Control) -> list[dict[str, Any]]:
    answers = await ask_gateways(control.run_dir, {"verb": "bans"})
    return [{**ban, "gateway": name} for name, answer in answers for ban in answer.get("bans", [])]


class BanList(BaseModel):
    """Each as its gateway tells it, with the gateway's name."""

    bans: list[dict[str, Any]]


@router.get("/operator/v1/Bans")
async def list_bans(control: Context) -> BanList:
    """Every ban that holds."""
    return BanList(bans=await _bans(control))


@router.get("/operator/v1/Bans/{source}")
async def fetch(control: Context, source: str) -> BanList:
    """The bans of one source address; 20404 when it has none."""
    found = [ban for ban in await _bans(control) if ban["source"] == source]
    if not found:
        raise NotFound
    return BanList(bans=found)


@router.delete("/operator/v1/Bans/{source}", status_code=204)
async def lift(control: Context, source: str) -> None:
    """Lifts every ban of this source address at every gateway; 20404 when none has one."""
    answers = await ask_gateways(control.run_dir, {"verb": "unban", "source": source})
    if not any(answer.get("lifted") for _name, answer in answers):
        raise NotFound
