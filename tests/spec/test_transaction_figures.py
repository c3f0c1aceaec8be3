"""Figures 5 to 8 of RFC 3261 as amended by RFC 6026, transcribed as tables and compared over all pairs.

Row: state | input -> next state : outputs in order. Timers are given in units of T1, T2, T4. A `timer *` row stands for
all letters that the state has no row for. Departures from the figures are marked with (d) and argued in the modules.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import ClassVar

import pytest

from tests.unit.protocol_sip_transaction.message import PHONE, STREAM, request, response
from trunkline.protocol.sip.message.errors import LocalProtocolError
from trunkline.protocol.sip.transaction.flow import Flow
from trunkline.protocol.sip.transaction.invite_client import InviteClientState, InviteClientTransaction
from trunkline.protocol.sip.transaction.invite_server import InviteServerState, InviteServerTransaction
from trunkline.protocol.sip.transaction.non_invite_client import NonInviteClientState, NonInviteClientTransaction
from trunkline.protocol.sip.transaction.non_invite_server import NonInviteServerState, NonInviteServerTransaction
from trunkline.protocol.sip.transaction.output import (
    AckArrived,
    LayerOutput,
    Outputs,
    RequestArrived,
    ResponseArrived,
    StrayResponse,
    TransactionFailed,
    TransactionTerminated,
    Transmit,
)
from trunkline.protocol.sip.transaction.timing import StartTimer, StopTimer, Timer, TimerStarts, Timing

# T1, T2 and T4 have no common multiple below, so that no length can be mistaken for another.
T1, T2, T4 = 1.0, 1.5, 0.7
STARTS = TimerStarts(Timing(T1, T2, T4))

FIGURE_5_UDP = """
calling    | start     -> calling    : send INVITE, start A T1, start B 64*T1
calling    | 1xx       -> proceeding : stop A, stop B, up 1xx
calling    | 2xx       -> accepted   : stop A, stop B, start M 64*T1, up 2xx
calling    | 3xx-6xx   -> completed  : stop A, stop B, send ACK, start D 64*T1, up 3xx-6xx
calling    | timer A   -> calling    : send INVITE, start A 2*T1
calling    | timer B   -> terminated : failed timeout, end
calling    | timer *   -> calling    :
calling    | resume    -> proceeding :                                                          (d)
calling    | abandon   -> calling abandoned : stop A                                            (d)
calling    | transport -> terminated : failed transport, end

calling abandoned | start     -> calling abandoned    : send INVITE, start A T1, start B 64*T1
calling abandoned | 1xx       -> proceeding abandoned : start B 64*T1, up 1xx                   (d)
calling abandoned | 2xx       -> accepted abandoned   : stop A, stop B, start M 64*T1, up 2xx
calling abandoned | 3xx-6xx   -> completed abandoned  : stop A, stop B, send ACK, start D 64*T1, up 3xx-6xx
calling abandoned | timer A   -> calling abandoned    : send INVITE, start A 2*T1
calling abandoned | timer B   -> terminated abandoned : failed timeout, end
calling abandoned | timer *   -> calling abandoned    :
calling abandoned | resume    -> proceeding abandoned :                                         (d)
calling abandoned | abandon   -> calling abandoned    : stop A
calling abandoned | transport -> terminated abandoned : failed transport, end

proceeding | start     -> error      :
proceeding | resume    -> error      :
proceeding | 1xx       -> proceeding : up 1xx
proceeding | 2xx       -> accepted   : start M 64*T1, up 2xx
proceeding | 3xx-6xx   -> completed  : send ACK, start D 64*T1, up 3xx-6xx
proceeding | timer B   -> terminated : failed timeout, end                                      (d)
proceeding | timer *   -> proceeding :
proceeding | abandon   -> proceeding abandoned : start B 64*T1                                  (d)
proceeding | transport -> terminated : failed transport, end                                    (d)

proceeding abandoned | start     -> error                :
proceeding abandoned | resume    -> error                :
proceeding abandoned | 1xx       -> proceeding abandoned : up 1xx
proceeding abandoned | 2xx       -> accepted abandoned   : stop B, start M 64*T1, up 2xx
proceeding abandoned | 3xx-6xx   -> completed abandoned  : stop B, send ACK, start D 64*T1, up 3xx-6xx
proceeding abandoned | timer B   -> terminated abandoned : failed timeout, end                  (d)
proceeding abandoned | timer *   -> proceeding abandoned :
proceeding abandoned | abandon   -> proceeding abandoned :
proceeding abandoned | transport -> terminated abandoned : failed transport, end                (d)

accepted   | start     -> error      :
accepted   | resume    -> error      :
accepted   | 1xx       -> accepted   :
accepted   | 2xx       -> accepted   : up 2xx
accepted   | 3xx-6xx   -> accepted   :
accepted   | timer M   -> terminated : end
accepted   | timer *   -> accepted   :
accepted   | abandon   -> accepted   :
accepted   | transport -> accepted   :                                                          (d)

completed  | start     -> error      :
completed  | resume    -> error      :
completed  | 1xx       -> completed  :
completed  | 2xx       -> completed  : stray 2xx                                                (d)
completed  | 3xx-6xx   -> completed  : send ACK
completed  | timer D   -> terminated : end
completed  | timer *   -> completed  :
completed  | abandon   -> completed  :
completed  | transport -> terminated : end                                                      (d)

terminated | start     -> error      :
terminated | resume    -> error      :
terminated | 1xx       -> terminated :
terminated | 2xx       -> terminated :
terminated | 3xx-6xx   -> terminated :
terminated | timer *   -> terminated :
terminated | abandon   -> terminated :
terminated | transport -> terminated :
"""

# Over a reliable transport timer A does not run and timer D is zero.
FIGURE_5_TCP = """
calling    | start     -> calling    : send INVITE, start B 64*T1
calling    | 3xx-6xx   -> terminated : stop A, stop B, send ACK, up 3xx-6xx, end
calling abandoned | start   -> calling abandoned    : send INVITE, start B 64*T1
calling abandoned | 3xx-6xx -> terminated abandoned : stop A, stop B, send ACK, up 3xx-6xx, end
proceeding | 3xx-6xx   -> terminated : send ACK, up 3xx-6xx, end
proceeding abandoned | 3xx-6xx -> terminated abandoned : stop B, send ACK, up 3xx-6xx, end
"""

FIGURE_6_UDP = """
trying     | start     -> trying     : send OPTIONS, start E T1, start F 64*T1
trying     | 1xx       -> proceeding : up 1xx
trying     | 2xx       -> completed  : stop E, stop F, start K T4, up 2xx
trying     | 3xx-6xx   -> completed  : stop E, stop F, start K T4, up 3xx-6xx
trying     | timer E   -> trying     : send OPTIONS, start E T2
trying     | timer F   -> terminated : failed timeout, end
trying     | timer *   -> trying     :
trying     | transport -> terminated : failed transport, end

proceeding | start     -> error      :
proceeding | 1xx       -> proceeding : up 1xx
proceeding | 2xx       -> completed  : stop E, stop F, start K T4, up 2xx
proceeding | 3xx-6xx   -> completed  : stop E, stop F, start K T4, up 3xx-6xx
proceeding | timer E   -> proceeding : send OPTIONS, start E T2
proceeding | timer F   -> terminated : failed timeout, end
proceeding | timer *   -> proceeding :
proceeding | transport -> terminated : failed transport, end

completed  | start     -> error      :
completed  | 1xx       -> completed  :
completed  | 2xx       -> completed  :
completed  | 3xx-6xx   -> completed  :
completed  | timer K   -> terminated : end
completed  | timer *   -> completed  :
completed  | transport -> completed  :

terminated | start     -> error      :
terminated | 1xx       -> terminated :
terminated | 2xx       -> terminated :
terminated | 3xx-6xx   -> terminated :
terminated | timer *   -> terminated :
terminated | transport -> terminated :
"""

FIGURE_6_TCP = """
trying     | start     -> trying     : send OPTIONS, start F 64*T1
trying     | 2xx       -> terminated : stop F, up 2xx, end
trying     | 3xx-6xx   -> terminated : stop F, up 3xx-6xx, end
proceeding | 2xx       -> terminated : stop F, up 2xx, end
proceeding | 3xx-6xx   -> terminated : stop F, up 3xx-6xx, end
"""

# "say" is the TU's answer.
FIGURE_7_UDP = """
proceeding | start       -> proceeding : up INVITE
proceeding | ignore      -> proceeding :
proceeding | INVITE      -> proceeding : send last
proceeding | ACK         -> proceeding :
proceeding | say 1xx     -> proceeding : send 1xx
proceeding | say 2xx     -> accepted   : send 2xx, start L 64*T1
proceeding | say 3xx-6xx -> completed  : send 3xx-6xx, start G T1, start H 64*T1
proceeding | timer *     -> proceeding :
proceeding | transport   -> terminated : failed transport, end

accepted   | start       -> error      :
accepted   | ignore      -> accepted   :
accepted   | INVITE      -> accepted   :
accepted   | ACK         -> accepted   : up ACK
accepted   | say 1xx     -> accepted   :
accepted   | say 2xx     -> accepted   : send 2xx
accepted   | say 3xx-6xx -> accepted   :
accepted   | timer L     -> terminated : end
accepted   | timer *     -> accepted   :
accepted   | transport   -> accepted   : failed transport

completed  | start       -> error      :
completed  | ignore      -> completed  :
completed  | INVITE      -> completed  : send last
completed  | ACK         -> confirmed  : stop G, stop H, start I T4
completed  | say 1xx     -> completed  :
completed  | say 2xx     -> completed  :
completed  | say 3xx-6xx -> completed  :
completed  | timer G     -> completed  : send last, start G T2
completed  | timer H     -> terminated : failed timeout, end
completed  | timer *     -> completed  :
completed  | transport   -> terminated : failed transport, end

confirmed  | start       -> error      :
confirmed  | ignore      -> confirmed  :
confirmed  | INVITE      -> confirmed  :
confirmed  | ACK         -> confirmed  :
confirmed  | say 1xx     -> confirmed  :
confirmed  | say 2xx     -> confirmed  :
confirmed  | say 3xx-6xx -> confirmed  :
confirmed  | timer I     -> terminated : end
confirmed  | timer *     -> confirmed  :
confirmed  | transport   -> confirmed  :

terminated | start       -> error      :
terminated | ignore      -> terminated :
terminated | INVITE      -> terminated :
terminated | ACK         -> terminated :
terminated | say 1xx     -> terminated :
terminated | say 2xx     -> terminated :
terminated | say 3xx-6xx -> terminated :
terminated | timer *     -> terminated :
terminated | transport   -> terminated :
"""

FIGURE_7_TCP = """
proceeding | say 3xx-6xx -> completed  : send 3xx-6xx, start H 64*T1
completed  | ACK         -> terminated : stop H, end
"""

FIGURE_8_UDP = """
trying     | start       -> trying     : up OPTIONS
trying     | ignore      -> terminated : end                                                    (d)
trying     | OPTIONS     -> trying     :
trying     | say 1xx     -> proceeding : send 1xx
trying     | say 2xx     -> completed  : send 2xx, start J 64*T1
trying     | say 3xx-6xx -> completed  : send 3xx-6xx, start J 64*T1
trying     | timer *     -> trying     :
trying     | transport   -> terminated : failed transport, end                                  (d)

proceeding | start       -> error      :
proceeding | ignore      -> proceeding :
proceeding | OPTIONS     -> proceeding : send last
proceeding | say 1xx     -> proceeding : send 1xx
proceeding | say 2xx     -> completed  : send 2xx, start J 64*T1
proceeding | say 3xx-6xx -> completed  : send 3xx-6xx, start J 64*T1
proceeding | timer *     -> proceeding :
proceeding | transport   -> terminated : failed transport, end

completed  | start       -> error      :
completed  | ignore      -> completed  :
completed  | OPTIONS     -> completed  : send last
completed  | say 1xx     -> completed  :
completed  | say 2xx     -> completed  :
completed  | say 3xx-6xx -> completed  :
completed  | timer J     -> terminated : end
completed  | timer *     -> completed  :
completed  | transport   -> terminated : failed transport, end

terminated | start       -> error      :
terminated | ignore      -> terminated :
terminated | OPTIONS     -> terminated :
terminated | say 1xx     -> terminated :
terminated | say 2xx     -> terminated :
terminated | say 3xx-6xx -> terminated :
terminated | timer *     -> terminated :
terminated | transport   -> terminated :
"""

FIGURE_8_TCP = """
trying     | say 2xx     -> terminated : send 2xx, end
trying     | say 3xx-6xx -> terminated : send 3xx-6xx, end
proceeding | say 2xx     -> terminated : send 2xx, end
proceeding | say 3xx-6xx -> terminated : send 3xx-6xx, end
"""

Machine = InviteClientTransaction | NonInviteClientTransaction | InviteServerTransaction | NonInviteServerTransaction
Table = dict[tuple[str, str], tuple[str, list[str]]]
STATUS = {"1xx": 180, "2xx": 200, "3xx-6xx": 486}
ROW = re.compile(r"(.+?)\s*\|\s*(.+?)\s*->\s*(.+?)\s*:(.*)")


def read(figure: str) -> Table:
    table: Table = {}
    for line in figure.strip().splitlines():
        found = ROW.fullmatch(line.replace("(d)", "").strip())
        if not line.strip():
            continue
        assert found, line
        state, given, then, outputs = found.groups()
        assert (state, given) not in table, line
        table[state, given] = (then, [out.strip() for out in outputs.split(",") if out.strip()])
    return table


def expected(table: Table, state: str, given: str) -> tuple[str, list[str]]:
    if (state, given) not in table and given.startswith("timer "):
        return table[state, "timer *"]
    return table[state, given]


def length(words: str) -> float:
    return {"T1": T1, "2*T1": 2 * T1, "64*T1": 64 * T1, "T2": T2, "T4": T4}[words]


def tell(output: LayerOutput | StartTimer | StopTimer) -> tuple[str, float]:
    """An output in the words of the tables, and a timer's length."""
    match output:
        case StartTimer(timer, delay):
            return f"start {timer.name}", delay
        case StopTimer(timer):
            return f"stop {timer.name}", 0
        case Transmit(_, data):
            return "send " + data.split(b"\r\n", 1)[0].decode(), 0
        case RequestArrived(_, message) | AckArrived(message, _):
            return f"up {message.method}", 0
        case ResponseArrived(_, message):
            return f"up {kind(message.status)}", 0
        case StrayResponse(message, _):
            return f"stray {kind(message.status)}", 0
        case TransactionFailed(_, cause, _):
            return f"failed {cause.value}", 0
        case TransactionTerminated():
            return "end", 0


def kind(status: int) -> str:
    return "1xx" if status < 200 else "2xx" if status < 300 else "3xx-6xx"


def matches(words: str, output: LayerOutput | StartTimer | StopTimer) -> bool:
    told, delay = tell(output)
    if words.startswith("start "):
        _, timer, size = words.split(" ")
        return told == f"start {timer}" and delay == pytest.approx(length(size))
    if words == "send last":
        return told.startswith("send SIP/2.0")
    if words.startswith("send ") and words[5:] in STATUS:
        return told.startswith(f"send SIP/2.0 {STATUS[words[5:]]} ")
    if words.startswith("send "):
        return told.startswith(words + " sip:")
    return told == words


# ---- one driver per machine: how to make it, how to bring it into a state, how to give it an input


class InviteClient:
    states: tuple[str, ...] = (
        "calling", "calling abandoned", "proceeding", "proceeding abandoned", "accepted", "completed", "terminated",
    )  # fmt: skip
    inputs: tuple[str, ...] = ("start", "resume", "1xx", "2xx", "3xx-6xx", "abandon", "transport")
    enum: type[Enum] = InviteClientState
    paths: ClassVar[dict[str, tuple[str, ...]]] = {
        "calling": (), "calling abandoned": ("abandon",),
        "proceeding": ("1xx",), "proceeding abandoned": ("1xx", "abandon"),
        "accepted": ("2xx",), "completed": ("3xx-6xx",), "terminated": ("timer B",),
    }  # fmt: skip

    def __init__(self, flow: Flow) -> None:
        self.machine = InviteClientTransaction(request("INVITE"), flow, STARTS)

    def state(self) -> str:
        return self.machine.state.value + (" abandoned" if self.machine.abandoned else "")

    def give(self, given: str) -> Outputs:
        machine = self.machine
        if given in STATUS:
            return machine.receive(response(machine.request, STATUS[given]), machine.flow)
        if given == "start":
            return machine.start()
        if given == "abandon":
            return machine.abandon()
        if given == "resume":
            machine.resume()
            return ()
        return machine.transport_failed("reset") if given == "transport" else machine.timer_fired(Timer[given[6:]])


class NonInviteClient:
    states: tuple[str, ...] = ("trying", "proceeding", "completed", "terminated")
    inputs: tuple[str, ...] = ("start", "1xx", "2xx", "3xx-6xx", "transport")
    enum: type[Enum] = NonInviteClientState
    paths: ClassVar[dict[str, tuple[str, ...]]] = {
        "trying": (),
        "proceeding": ("1xx",),
        "completed": ("2xx",),
        "terminated": ("timer F",),
    }

    def __init__(self, flow: Flow) -> None:
        self.machine = NonInviteClientTransaction(request("OPTIONS"), flow, STARTS)

    def state(self) -> str:
        return self.machine.state.value

    def give(self, given: str) -> Outputs:
        machine = self.machine
        if given in STATUS:
            return machine.receive(response(machine.request, STATUS[given]))
        if given == "start":
            return machine.start()
        return machine.transport_failed("reset") if given == "transport" else machine.timer_fired(Timer[given[6:]])


class InviteServer:
    states: tuple[str, ...] = ("proceeding", "accepted", "completed", "confirmed", "terminated")
    inputs: tuple[str, ...] = ("start", "ignore", "INVITE", "ACK", "say 1xx", "say 2xx", "say 3xx-6xx", "transport")
    enum: type[Enum] = InviteServerState
    paths: ClassVar[dict[str, tuple[str, ...]]] = {
        "proceeding": ("say 1xx",), "accepted": ("say 2xx",), "completed": ("say 3xx-6xx",),
        "confirmed": ("say 3xx-6xx", "ACK"), "terminated": ("transport",),
    }  # fmt: skip

    def __init__(self, flow: Flow) -> None:
        self.machine = InviteServerTransaction(request("INVITE"), flow, flow, STARTS)

    def state(self) -> str:
        return self.machine.state.value

    def give(self, given: str) -> Outputs:
        machine = self.machine
        if given.startswith("say "):
            return machine.respond(response(machine.request, STATUS[given[4:]]))
        if given == "start":
            return machine.start()
        if given == "ignore":
            return machine.ignore()
        if given == "INVITE":
            return machine.receive()
        if given == "ACK":
            return machine.receive_ack(request("ACK"), machine.flow)
        return machine.transport_failed("reset") if given == "transport" else machine.timer_fired(Timer[given[6:]])


class NonInviteServer:
    states: tuple[str, ...] = ("trying", "proceeding", "completed", "terminated")
    inputs: tuple[str, ...] = ("start", "ignore", "OPTIONS", "say 1xx", "say 2xx", "say 3xx-6xx", "transport")
    enum: type[Enum] = NonInviteServerState
    paths: ClassVar[dict[str, tuple[str, ...]]] = {
        "trying": (),
        "proceeding": ("say 1xx",),
        "completed": ("say 2xx",),
        "terminated": ("transport",),
    }

    def __init__(self, flow: Flow) -> None:
        self.machine = NonInviteServerTransaction(request("OPTIONS"), flow, flow, STARTS)

    def state(self) -> str:
        return self.machine.state.value

    def give(self, given: str) -> Outputs:
        machine = self.machine
        if given.startswith("say "):
            return machine.respond(response(machine.request, STATUS[given[4:]]))
        if given == "start":
            return machine.start()
        if given == "ignore":
            return machine.ignore()
        if given == "OPTIONS":
            return machine.receive()
        return machine.transport_failed("reset") if given == "transport" else machine.timer_fired(Timer[given[6:]])


Driver = InviteClient | NonInviteClient | InviteServer | NonInviteServer
FIGURES: list[tuple[str, Callable[[Flow], Driver], str, str]] = [
    ("figure 5", InviteClient, FIGURE_5_UDP, FIGURE_5_TCP),
    ("figure 6", NonInviteClient, FIGURE_6_UDP, FIGURE_6_TCP),
    ("figure 7", InviteServer, FIGURE_7_UDP, FIGURE_7_TCP),
    ("figure 8", NonInviteServer, FIGURE_8_UDP, FIGURE_8_TCP),
]


def pairs(driver: Driver) -> Iterable[tuple[str, str]]:
    for state in driver.states:
        for given in (*driver.inputs, *(f"timer {timer.name}" for timer in Timer)):
            yield state, given


@pytest.mark.parametrize(("name", "make", "udp", "tcp"), FIGURES, ids=[figure[0] for figure in FIGURES])
@pytest.mark.parametrize("flow", [PHONE, STREAM], ids=["udp", "tcp"])
def test_machine_does_what_the_figure_says(
    name: str, make: Callable[[Flow], Driver], udp: str, tcp: str, flow: Flow
) -> None:
    table = read(udp) | (read(tcp) if flow.reliable else {})
    for state, given in pairs(make(flow)):
        driver = make(flow)
        for step in driver.paths[state]:
            driver.give(step)
        if flow.reliable and state in {"completed", "confirmed"} and driver.state() == "terminated":
            continue  # a zero timer leaves nobody there
        assert driver.state() == state, (name, state)
        then, outputs = expected(table, state, given)
        if then == "error":
            with pytest.raises(LocalProtocolError):
                driver.give(given)
            assert driver.state() == state
            continue
        got = driver.give(given)
        said = f"{name}: {state} | {given} gave {[tell(output) for output in got]}, not {outputs}"
        assert len(got) == len(outputs), said
        assert all(matches(words, output) for words, output in zip(outputs, got, strict=True)), said
        assert driver.state() == then, said


@pytest.mark.parametrize(("name", "make", "udp", "tcp"), FIGURES, ids=[figure[0] for figure in FIGURES])
def test_tables_cover_every_state_and_use_every_row(
    name: str, make: Callable[[Flow], Driver], udp: str, tcp: str
) -> None:
    driver = make(PHONE)
    assert {state.removesuffix(" abandoned") for state in driver.states} == {state.value for state in driver.enum}
    known = {*pairs(driver), *((state, "timer *") for state in driver.states)}
    assert set(read(udp)) | set(read(tcp)) <= known
    for state, given in pairs(driver):
        expected(read(udp), state, given)
