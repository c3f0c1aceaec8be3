"""`GET /metrics`: the figures of every process of this host, for Prometheus; needs the operator's credentials."""

from importlib.metadata import version

from fastapi import APIRouter, Depends, Request, Response

from trunkline.platform.setting.admin_line import Unreachable, ask
from trunkline.platform.setting.log import logger
from trunkline.platform.setting.metrics import CONTENT_TYPE, Report, exposition
from trunkline.service.control.api.authentication import require_operator
from trunkline.service.control.api.context import Context, Control
from trunkline.service.control.health import Health

router = APIRouter()
_log = logger(room="control.metrics")


@router.get("/metrics", dependencies=[Depends(require_operator)])
async def metrics(request: Request, control: Context) -> Response:
    """A gateway that does not answer is left out; `process_ready` tells of it."""
    health: Health = request.app.state.health
    reports = {"control": await _own(health), **await _of_gateways(control)}
    return Response(exposition(reports), headers={"Content-Type": CONTENT_TYPE})


async def _own(health: Health) -> Report:
    _, processes = await health.report()
    names = [[str(row["name"]), str(row["instance"])] for row in processes]
    return {
        "build_info": [([version("trunkline")], 1)],
        "process_ready": [(name, int(row["state"] == "ready")) for name, row in zip(names, processes, strict=True)],
        "process_restarts": [(name, row["restarts"]) for name, row in zip(names, processes, strict=True)],
    }


async def _of_gateways(control: Control) -> dict[str, Report]:
    reports: dict[str, Report] = {}
    for socket in sorted(control.run_dir.glob("gateway-*.sock")):
        try:
            reports[socket.stem] = (await ask(socket, {"verb": "metrics"})).get("metrics", {})
        except Unreachable as fault:
            _log.warning("gateway does not answer", fault=str(fault))
    return reports
