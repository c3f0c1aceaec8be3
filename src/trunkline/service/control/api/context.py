"""What every endpoint reaches for: the use cases' workbench, and what only the operator's resources need."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from trunkline.kit.secret import Secret
from trunkline.service.control.api.request_rate import RequestRate
from trunkline.service.control.provisioning.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Control:
    """`run_dir` is `TRUNKLINE_HOME/run`, where the processes' sockets and the supervisor's status lie."""

    bench: Workbench
    operator_token: Secret[str]
    run_dir: Path
    rate: RequestRate = field(default_factory=RequestRate)


def control_of(request: Request) -> Control:
    control = request.app.state.control
    if not isinstance(control, Control):
        raise TypeError("the application was made without a Control")
    return control


Context = Annotated[Control, Depends(control_of)]
