"""`GET /healthz`: the supervisor's account of the processes, and whether this one can do its work."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from trunkline.platform.store.engine import Store
from trunkline.platform.store.repository.readiness import is_reachable

router = APIRouter()
_FIELDS = ("name", "instance", "pid", "state", "restarts")


@dataclass(frozen=True, slots=True)
class Health:
    """`instance` is our HTTP address; `run_dir` holds `status.json`."""

    store: Store
    run_dir: Path
    instance: str

    async def report(self) -> tuple[str, list[dict[str, Any]]]:
        """`ok`, `starting` or `degraded`, and a row for each process."""
        reachable = await is_reachable(self.store)
        processes = self._processes()
        for process in processes:
            if process["pid"] == os.getpid() and not reachable:
                process["state"] = "no database"
        states = {process["state"] for process in processes}
        if states <= {"ready"}:
            return "ok", processes
        return ("starting" if states <= {"ready", "starting"} else "degraded"), processes

    def _processes(self) -> list[dict[str, Any]]:
        told = self._status_file()
        if any(process["pid"] == os.getpid() for process in told):
            return told
        # The file may be an earlier run's. Under a supervisor it is about to be written, alone it is not about us.
        if _supervised():
            return [self._ourselves("starting")]
        return [self._ourselves("ready")]

    def _ourselves(self, state: str) -> dict[str, Any]:
        return {"name": "control", "instance": self.instance, "pid": os.getpid(), "state": state, "restarts": 0}

    def _status_file(self) -> list[dict[str, Any]]:
        try:
            told = json.loads((self.run_dir / "status.json").read_text(encoding="utf-8"))["processes"]
            return [{field: process[field] for field in _FIELDS} for process in told]
        except (OSError, ValueError, KeyError, TypeError):
            return []


def _supervised() -> bool:
    """Whether our parent is `trunkline up`, which writes the status."""
    return os.environ.get("TRUNKLINE_SUPERVISOR") == str(os.getppid())


@router.get("/healthz")
async def healthz(request: Request) -> JSONResponse:
    """200 when all is ready, else 503; needs no credentials."""
    health: Health = request.app.state.health
    status, processes = await health.report()
    return JSONResponse({"status": status, "processes": processes}, 200 if status == "ok" else 503)
