"""`/operator/v1/Gateways`: the gateway processes of this host, what they are and carry, and draining them."""

from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel

from trunkline.platform.setting.admin_line import Unreachable, ask, gateway_sockets
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.provisioning.refusal import NotFound, Refusal

router = APIRouter()
_PATH = "/operator/v1/Gateways"
_TOLD: Final = ("edge", "version", "draining", "calls", "talking", "quiet", "limits")


class GatewayBody(BaseModel):
    """Figures are null of a gateway that does not answer."""

    name: str
    """`gateway-127.0.0.1-5060`."""
    address: str
    answers: bool
    edge: str | None = None
    version: str | None = None
    draining: bool | None = None
    """Whether new calls get 503."""
    calls: int | None = None
    talking: int | None = None
    quiet: bool | None = None
    limits: str | None = None


class GatewayList(BaseModel):
    gateways: list[GatewayBody]


def _body(socket: Path, state: dict[str, Any] | None) -> GatewayBody:
    host, _, port = socket.stem.removeprefix("gateway-").rpartition("-")
    figures = {key: (state or {}).get(key) for key in _TOLD}
    shown = f"[{host.replace('_', ':')}]" if "_" in host else host
    return GatewayBody(name=socket.stem, address=f"{shown}:{port}", answers=state is not None, **figures)


async def _look(socket: Path) -> GatewayBody:
    try:
        return _body(socket, await ask(socket, {"verb": "state"}))
    except Unreachable:
        return _body(socket, None)


def _socket(control: Control, name: str) -> Path:
    for socket in gateway_sockets(control.run_dir):
        if socket.stem == name:
            return socket
    raise NotFound


@router.get(_PATH)
async def list_gateways(control: Context) -> GatewayList:
    return GatewayList(gateways=[await _look(socket) for socket in gateway_sockets(control.run_dir)])


@router.get(_PATH + "/{name}")
async def fetch(control: Context, name: str) -> GatewayBody:
    return await _look(_socket(control, name))


@router.post(_PATH + "/{name}/Drain")
async def drain(control: Context, name: str) -> GatewayBody:
    """New calls get 503 until it is taken back (`DELETE`, or a restart), live ones go on. 20503 if it is silent."""
    return await _told(control, name, "drain")


@router.delete(_PATH + "/{name}/Drain", status_code=204)
async def undrain(control: Context, name: str) -> None:
    """New calls are taken again; one that shuts down takes none. 20503 if it is silent."""
    await _told(control, name, "undrain")


async def _told(control: Control, name: str, verb: str) -> GatewayBody:
    socket = _socket(control, name)
    try:
        return _body(socket, await ask(socket, {"verb": verb}))
    except Unreachable:
        raise Refusal(20503, "The gateway does not answer", 503) from None
