"""What `make bench` says: every figure with both sides, ratios with their goals, and what could not be run."""

from collections.abc import Sequence

from bench import goals
from bench import rest as rest_bench
from bench.contender import Contender
from bench.goals import Ratio
from bench.load import Memory, SetUp
from bench.signalling import Figure
from bench.table import show


def missing(contenders: Sequence[Contender]) -> None:
    for contender in contenders:
        if contender.missing:
            print(f"not run: {contender.name}: {contender.missing}")


def signalling(figures: Sequence[Figure]) -> None:
    show(
        "Signalling: CPU per completed call (median of the rounds; 'beside': our relay and control processes)",
        ("contender", "rate/s", "CPU ms", "lowest", "highest", "beside ms", "calls", "failed", "resent", "drops"),
        [
            (
                each.contender, f"{each.rate:g}", f"{each.cpu_ms:.2f}", f"{each.lowest_ms:.2f}",
                f"{each.highest_ms:.2f}",
                f"{each.beside_ms:.2f}", str(each.calls), str(each.failed), str(each.retransmissions),
                str(each.receive_buffer_errors),
            )
            for each in figures
        ],
    )  # fmt: skip
    ratios("Trunkline against (CPU per call, same rate, same run)", goals.signalling(figures))


def set_up(figures: Sequence[SetUp]) -> None:
    show(
        "Set-up time added, INVITE in to INVITE out "
        f"(goal: p50 < {goals.SET_UP_P50_MS:g}, p99 < {goals.SET_UP_P99_MS:g} ms)",
        ("contender", "rate/s", "p50 ms", "p99 ms", "probes", "lost", "failed"),
        [
            (
                each.contender, f"{each.rate:g}", f"{each.times.percentile(0.5):.2f}",
                f"{each.times.percentile(0.99):.2f}",
                str(each.times.sent), str(each.times.sent - len(each.times.ms)), str(each.failed),
            )
            for each in figures
        ],
    )  # fmt: skip


def memory(figures: Sequence[Memory]) -> None:
    show(
        f"Memory added per concurrent call (goal for the gateway: <= {goals.MEMORY_KB_PER_CALL:g} kB)",
        ("contender", "calls", "kB per call", "failed"),
        [(each.contender, str(each.calls), f"{each.kb_per_call:.1f}", str(each.failed)) for each in figures],
    )


def rest(readings: Sequence[rest_bench.Reading], fill_s: float) -> None:
    show(
        f"REST over SQLite: {rest_bench.MANY:,} stored calls against {rest_bench.FEW:,} (stored in {fill_s:.0f} s), "
        "a year of usage against a day; median of a request",
        ("request", "little ms", "much ms", "ratio", "goal", ""),
        [
            (
                each.what, f"{each.little_ms:.2f}", f"{each.much_ms:.2f}", f"{each.ratio:.2f}",
                f"<= {rest_bench.GOAL:g}", "met" if each.ratio <= rest_bench.GOAL else "missed",
            )
            for each in readings
        ],
    )  # fmt: skip


def ratios(title: str, found: Sequence[Ratio]) -> None:
    if not found:
        print(f"\n{title}: nothing to compare, one side was not run")
        return
    show(
        title,
        ("anchor", "ours", "anchor", "ratio", "goal", ""),
        [
            (
                each.of,
                f"{each.ours:.2f}",
                f"{each.anchor:.2f}",
                f"{each.value:.2f}",
                f"<= {each.goal:g}",
                _verdict(each),
            )
            for each in found
        ],
    )


def _verdict(ratio: Ratio) -> str:
    return "met" if ratio.is_met else "missed"
