"""The harness itself: an instrument that cannot say no proves nothing."""

import sys
import time
from pathlib import Path

import pytest
from bench import goals, meter
from bench.contender import KAMAILIO, OURS, OURS_COMPILED, SIPPY, Contender, contenders
from bench.signalling import Figure, Run, run, summarise

from tests.interop.kamailio import Kamailio
from tests.interop.peer import missing, peer
from tests.interop.port import PortBlock, is_taken
from tests.interop.process import PeerFailed, PeerProcess, end_all, running
from tests.interop.sipp import Statistics, render

pytestmark = pytest.mark.interop


def test_a_missing_peer_skips_by_name_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.interop.peer.find", lambda name: None)
    with pytest.raises(pytest.skip.Exception, match=r"missing peer: sipp \(Debian package sip-tester") as skip:
        peer("sipp")

    class Report:
        longrepr = ("file", 1, f"Skipped: {skip.value}")

    assert missing([Report(), Report()]) == {"sipp": 2}


def test_two_blocks_of_ports_never_meet() -> None:
    one, other = PortBlock(), PortBlock()
    pairs = [one.take(2, even=True) for _ in range(70)]
    singles = {other.take() for _ in range(120)}
    assert all(port % 2 == 0 for port in pairs)
    assert len(singles) == 120
    assert len({port for first in pairs for port in (first, first + 1)} | singles) == 260
    with pytest.raises(IndexError, match="no 200 adjacent ports"):
        one.take(200)
    one.release()
    other.release()


def test_a_wide_range_of_ports_is_nobody_elses(ports: PortBlock) -> None:
    other = PortBlock()
    first, last = ports.take_blocks(3)
    wide = range(first, last + 1)
    assert len(wide) == 300
    assert ports.first not in wide
    assert all(other.take() not in wide for _ in range(350))
    other.release()


def test_a_process_that_ends_before_it_is_ready_fails_with_its_last_words(tmp_path: Path) -> None:
    before = running()
    process = PeerProcess([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"], tmp_path / "log")
    with pytest.raises(PeerFailed, match="ended with 3: no such thing"):
        process.wait_until(lambda: False)
    assert end_all(keep=before) == []


def test_what_a_failed_test_left_running_is_ended(tmp_path: Path, ports: PortBlock) -> None:
    before = running()
    proxy = Kamailio(tmp_path, ports.take(), ("127.0.0.1", ports.take()))
    assert len(meter.family(proxy.pid)) > 1
    assert end_all(keep=before) == ["kamailio"]
    # The leader is reaped; its children, killed with it, leave the port a moment later.
    deadline = time.monotonic() + 5
    while is_taken("127.0.0.1", proxy.port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_taken("127.0.0.1", proxy.port)


def test_statistics_refuse_a_lost_and_a_failed_call() -> None:
    fine = _statistics(successful=10, failed=0)
    fine.assert_all(10)
    for bad in (_statistics(successful=9, failed=0), _statistics(successful=10, failed=1)):
        with pytest.raises(AssertionError, match="wanted 10 and 0 failed"):
            bad.assert_all(10)
    assert fine.percentile("setup", 0.5) == 2.0
    assert fine.percentile("setup", 0.99) == 4.0


def test_a_scenario_with_an_unfilled_place_is_refused() -> None:
    with pytest.raises(KeyError, match="STATUS_LINE"):
        render("callee_refuses", {"TRANSPORT": "udp"})


def test_the_bench_counts_calls_at_both_ends_and_the_cost_of_the_contender() -> None:
    """A second of Kamailio, as the shortest whole run of the bench."""
    peer("kamailio")
    peer("sipp")
    contender = next(each for each in contenders() if each.name == KAMAILIO)
    done = run(contender, rate=50, seconds=1)
    assert (done.calls, done.completed, done.heard_by_callee, done.failed) == (50, 50, 50, 0)
    assert done.records is None
    assert done.cpu_ms > 0


def test_a_call_that_one_side_or_the_records_missed_counts_as_failed() -> None:
    assert _run(SIPPY, 3.0, heard_by_callee=98).failed == 2
    assert _run(OURS, 0.6, records=99).failed == 1
    assert _run(OURS, 0.6, records=100).failed == 0


def test_ratios_compare_at_the_same_rate_only() -> None:
    figures: list[Figure] = summarise([_run(OURS, 0.6), _run(SIPPY, 3.0), _run(SIPPY, 5.0, rate=200.0)])
    (ratio,) = goals.signalling(figures)
    assert ratio.value == pytest.approx(0.2)
    assert ratio.is_met
    assert goals.signalling(figures[1:]) == []


def test_the_compiled_form_has_goals_of_its_own() -> None:
    figures = summarise([_run(OURS, 0.75), _run(OURS_COMPILED, 0.75), _run(SIPPY, 3.0)])
    plain, compiled = goals.signalling(figures)
    assert plain.value == compiled.value == pytest.approx(0.25)
    assert plain.is_met
    assert not compiled.is_met
    assert compiled.of.startswith("compiled, ")


def test_a_contender_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.contender.find", lambda name: None)
    absent: list[Contender] = [each for each in contenders() if each.missing and "Kamailio" in each.name]
    assert [each.missing for each in absent] == ["not installed (make peers)"] * 2


def _statistics(*, successful: int, failed: int) -> Statistics:
    times = {"setup": (1.0, 2.0, 3.0, 4.0)}
    return Statistics(successful, failed, successful + failed, 0, 0, {}, times, "")


def _run(
    name: str, cpu_ms: float, *, rate: float = 150.0, heard_by_callee: int = 100, records: int | None = None
) -> Run:
    return Run(name, rate, 100, 100, heard_by_callee, records, cpu_ms, 0.0, 0, 0)
