"""The requests behind the calls: taken on when they are due, settled as each talk goes."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from trunkline.domain.validation.dialogue import CHECK_S, CodeVerdict
from trunkline.platform.jobs.jobs import Jobs
from trunkline.platform.jobs.outcome import JobDone, JobOutcome
from trunkline.platform.setting.admin_line import ask_gateways
from trunkline.platform.setting.log import logger
from trunkline.platform.store.caller_id_validation import CodeFault, ValidationOrder, Validations
from trunkline.platform.store.errors import StoreError
from trunkline.platform.store.table import OutgoingCallerIdRow

POLL_S: Final = 0.5
MOST_CALLS: Final = 50
"""At a time, of one voice process."""
_FAIL_WITHIN_S: Final = 8.0
_log = logger(room="voice")


class RequestBook:
    """`line.Book` over the store, and the loop that takes requests on."""

    __slots__ = ("_jobs", "_name", "_run_dir", "_validations", "open_jobs", "stopped")

    def __init__(self, validations: Validations, jobs: Jobs, name: str, run_dir: Path) -> None:
        """`name` is this process's, the same in its next life, and no other's."""
        self._validations = validations
        self._jobs = jobs
        self._name = name
        self._run_dir = run_dir
        self.open_jobs = 0
        """Failures that are not written yet."""
        self.stopped = False
        """No new call, please."""

    # ---- line.Book

    def check(self, call_sid: str, code: str, done: Callable[[CodeVerdict], None]) -> None:
        def ended(outcome: JobOutcome[OutgoingCallerIdRow | CodeFault]) -> None:
            verdict = _verdict(outcome)
            _log.info("code entered", call=call_sid, verdict=verdict.name)
            done(verdict)

        self._jobs.run(self._validations.enter(call_sid, code), CHECK_S, ended, name="check a code")

    def fail(self, call_sid: str, reason: str) -> None:
        """What cannot be written now fails by itself a little later (`Validations.expire`)."""
        _log.info("validation failed", call=call_sid, reason=reason)
        self.open_jobs += 1
        self._jobs.run(self._validations.fail(call_sid), _FAIL_WITHIN_S, self._failed, name="fail a validation")

    def _failed(self, _outcome: JobOutcome[None]) -> None:
        self.open_jobs -= 1

    # ---- requests that are due

    async def run(self, call: Callable[[ValidationOrder], None], calls: Callable[[], int]) -> None:
        """Runs until it is stopped: ends what a life before had taken on, then calls whoever is due."""
        recovered = away = False
        while not self.stopped:
            try:
                if not recovered:
                    await self._recover()
                    recovered = True
                if (room := MOST_CALLS - calls()) > 0:
                    for order in await self._validations.take_due(self._name, room):
                        self._call(order, call)
                away = False
            except StoreError as fault:
                if not away:
                    _log.warning("validation calls wait for the database", reason=str(fault))
                away = True
            await asyncio.sleep(POLL_S)

    def _call(self, order: ValidationOrder, call: Callable[[ValidationOrder], None]) -> None:
        if self.stopped:
            self.fail(order.call_sid, "shut down")
            return
        _log.info("validation call", call=order.call_sid, account=order.account_sid)
        try:
            call(order)
        except OSError as fault:
            self.fail(order.call_sid, str(fault))

    async def _recover(self) -> None:
        """The calls of a life before have nobody to talk to any more."""
        for order in await self._validations.fail_all_of(self._name):
            question = {"verb": "hangup", "sid": order.call_sid, "account": order.account_sid}
            answers = await ask_gateways(self._run_dir, question)
            ended = any(answer.get("found") for _, answer in answers)
            _log.warning("validation call of a life before", call=order.call_sid, hung_up=ended)


def _verdict(outcome: JobOutcome[OutgoingCallerIdRow | CodeFault]) -> CodeVerdict:
    match outcome:
        case JobDone(CodeFault.WRONG):
            return CodeVerdict.WRONG
        case JobDone(CodeFault.SETTLED):
            return CodeVerdict.SETTLED
        case JobDone():
            return CodeVerdict.RIGHT
        case _:
            return CodeVerdict.UNKNOWN
