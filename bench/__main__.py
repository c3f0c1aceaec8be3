"""`make bench`: our side and the anchors in one run, as tables. Never fails by the clock; takes less than 6 minutes."""

import argparse
import sys
import time
from collections.abc import Sequence

from bench import load, machine, media, report, rest, signalling
from bench.contender import Contender, contenders

PARTS = ("signalling", "setup", "memory", "media", "rest")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every part ran; 1 when a part could not be run to its end. Figures never change the status."""
    chosen = _parser().parse_args(arguments)
    started = time.monotonic()
    print(machine.describe())
    everyone = contenders()
    report.missing(everyone)
    ready = [contender for contender in everyone if not contender.missing]
    status = 0
    for part in chosen.part or PARTS:
        try:
            _run(part, ready, chosen)
        except (OSError, AssertionError) as error:
            print(f"\n{part} was not run to its end: {error}")
            status = 1
    print(f"\n{time.monotonic() - started:.0f} s")
    return status


def _run(part: str, ready: Sequence[Contender], chosen: argparse.Namespace) -> None:
    if part == "signalling":
        runs = []
        try:
            for run in signalling.measure(ready, chosen.rates, chosen.seconds, chosen.rounds):
                print(f"  {run.contender}, {run.rate:g}/s: {run.cpu_ms:.2f} ms", file=sys.stderr)
                runs.append(run)
        finally:  # what was measured is said even when a later run breaks off
            report.signalling(signalling.summarise(runs))
    elif part == "setup":
        rate = max(chosen.rates) / 2
        report.set_up([load.set_up(each, rate, chosen.seconds) for each in ready if each.can_be_probed])
    elif part == "memory":
        report.memory([load.memory(each, chosen.calls) for each in ready])
    elif part == "rest":
        report.rest(*rest.measure())
    else:
        media.run(chosen.media_calls, chosen.media_seconds, chosen.rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--rates", type=float, nargs="+", default=[150.0, 700.0], help="calls/s (default: 150 700)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one signalling run (default: 5)")
    parser.add_argument("--rounds", type=int, default=2, help="of every contender at every rate (default: 2)")
    parser.add_argument("--calls", type=int, default=500, help="concurrent calls of the memory part (default: 500)")
    parser.add_argument("--media-calls", type=int, default=400, help="two-way calls through a relay (default: 400)")
    parser.add_argument("--media-seconds", type=float, default=6.0, help="of one media run (default: 6)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
