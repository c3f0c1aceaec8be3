"""Calls on a terminal: what happens, as it happens, and the figures at the end."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunkline.platform.media.rtp_endpoint_report import RtpFigures
from trunkline.service.sandbox.phone_call import Happening, Notice, PhoneCall

_STYLES = {
    Happening.ANSWERED.value: "bold green",
    Happening.RELEASED.value: "bold",
    Happening.RANG.value: "yellow",
    Happening.CHALLENGED.value: "cyan",
}


def tame(text: str) -> str:
    """What a peer has said, without what would steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def show_line(console: Console, *parts: tuple[str, str]) -> None:
    """(text, style) pairs on one line, however long."""
    line = Text()
    for text, style in parts:
        line.append(tame(text), style)
    console.print(line, soft_wrap=True, highlight=False)


def show_event(console: Console, at_s: float, what: str, detail: str) -> None:
    """Seconds since the beginning of the call, what happened."""
    show_line(console, (f"  {at_s:8.3f}  ", ""), (f"{what:<11}", _STYLES.get(what, "")), (f" {detail}", ""))


def watcher(console: Console) -> Callable[[PhoneCall, Notice], None]:
    """What a telephone is given to tell."""

    def watch(call: PhoneCall, notice: Notice) -> None:
        if notice.what is not Happening.PARTED:
            show_event(console, notice.at - call.began_at, notice.what.value, notice.detail)

    return watch


def show_figures(console: Console, figures: RtpFigures) -> None:
    """The statistics of one call's audio; what the peer has not reported is not shown as nought."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    lost = f"{figures.packets_lost} lost ({100 * figures.loss_ratio:.1f} %)"
    table.add_row("  sent", f"{figures.packets_sent} packets", _remote(figures))
    table.add_row("  received", f"{figures.packets_received} packets", f"{lost}, jitter {figures.jitter_ms:.1f} ms")
    if figures.packets_received:
        table.add_row("  quality", f"MOS {figures.mos:.2f}", _round_trip(figures))
    for reason, count in figures.dropped.items():
        table.add_row("  dropped", f"{count} packets", reason)
    console.print(table)


def _remote(figures: RtpFigures) -> str:
    if figures.remote_lost is None:
        return "no report from the peer"
    return f"{figures.remote_lost} lost, jitter {figures.remote_jitter_ms or 0.0:.1f} ms, says the peer"


def _round_trip(figures: RtpFigures) -> str:
    return "" if figures.round_trip_ms is None else f"round trip {figures.round_trip_ms:.1f} ms"
