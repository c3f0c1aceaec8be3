"""The metrics of the platform: base units, `_total`, labels of few and bounded values (never a number or a SID).

A process keeps plain integers where things happen and reports them as JSON when it is asked (`Report`); whoever serves
`/metrics` renders all reports at once. A prometheus-client counter would cost 2.6 us for each message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias, final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

SET_UP_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
CALL_SECONDS: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
SCORES: Final = (1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.2, 4.4)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Report: TypeAlias = Mapping[str, list[tuple[list[str], Any]]]
"""Samples by family: (values of its labels, number); for a histogram the counts of its buckets and the sum behind."""


class Kind(Enum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """`trunkline_` and its name in FAMILIES; every sample also has the label `process`."""

    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(text: str, *labels: str) -> Family:
    return Family(Kind.COUNTER, text, labels)


def _gauge(text: str, *labels: str) -> Family:
    return Family(Kind.GAUGE, text, labels)


def _histogram(text: str, buckets: tuple[float, ...]) -> Family:
    return Family(Kind.HISTOGRAM, text, (), buckets)


FAMILIES: Final[Mapping[str, Family]] = {
    "build_info": _gauge("The version that runs", "version"),
    "process_ready": _gauge("Whether a process of this host is ready, by the supervisor", "name", "instance"),
    "process_restarts": _counter("Restarts of a process by the supervisor", "name", "instance"),
    # SIP
    "sip_requests": _counter("SIP requests, repetitions included", "method", "transport", "direction"),
    "sip_responses": _counter("SIP responses, repetitions included", "code", "transport", "direction"),
    "sip_malformed": _counter("Messages and connections dropped before they were read", "reason"),
    "sip_unsent": _counter("SIP messages that could not be sent"),
    "sip_keepalives": _counter("CRLF keep-alives"),
    "sip_connections": _gauge("TCP and TLS connections"),
    "sip_kernel_drops": _counter("Datagrams that the kernel dropped before they were read"),
    "transactions": _gauge("Transactions that live"),
    # order
    "auth_failures": _counter("Requests refused by access control", "reason"),
    "bans": _counter("Bans since the start"),
    "carrier_gateways": _gauge("Gateways of carriers of which something is known, by health", "state"),
    "banned_sources": _gauge("Bans that hold, of a source and a subject each"),
    "ban_drops": _counter("Requests of banned sources that met with silence"),
    "overload_share": _gauge("Share of new calls that is refused for lag"),
    "event_loop_lag_seconds": _histogram("How late the loop and the reading of datagrams are", LAG_SECONDS),
    "bugs": _counter("Exceptions of ours that the SIP endpoint held"),
    # calls
    "calls": _gauge("Calls that live", "direction"),
    "call_attempts": _counter("Finished calls by the status of their record", "direction", "result"),
    "failovers": _counter("Attempts that failed while others followed or the call failed", "reason"),
    "cps_rejections": _counter("Calls refused over a rate or a limit", "reason"),
    "pdd_seconds": _histogram("From INVITE to the first ringing or the answer", SET_UP_SECONDS),
    "call_duration_seconds": _histogram("From answer to release, answered calls", CALL_SECONDS),
    # media, by the relay's last words about each call
    "rtp_packets": _counter("RTP packets of finished calls as the relay took them in", "leg"),
    "rtp_jitter_seconds": _histogram("Interarrival jitter of each leg of finished calls", LAG_SECONDS),
    "mos": _histogram("Estimated listening quality of each leg of finished calls", SCORES),
    # records
    "cdr_pending": _gauge("Call records and alerts in memory that are not yet in the store"),
    "cdr_written": _counter("Call records and alerts stored"),
    "cdr_set_aside": _counter("Call records that the store refuses for good"),
    "journal_trouble": _gauge("1 while the journal cannot be written and new calls are refused"),
}


def exposition(reports: Mapping[str, Report]) -> bytes:
    """The text that a scrape is answered with, from the reports by process; families nobody knows are left out."""
    registry = CollectorRegistry()
    registry.register(_Reported(reports))
    return generate_latest(registry)


@final
class _Reported(Collector):
    """All reports as one set of families."""

    def __init__(self, reports: Mapping[str, Report]) -> None:
        self._reports = reports

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        for name, family in FAMILIES.items():
            yield self._metric(f"trunkline_{name}", family, name)

    def _metric(
        self, full: str, family: Family, name: str
    ) -> CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily:
        labels = (*family.labels, "process")
        samples = [
            ([*values, process], sample)
            for process, report in self._reports.items()
            for values, sample in report.get(name, ())
        ]
        match family.kind:
            case Kind.COUNTER:
                counter = CounterMetricFamily(full, family.text, labels=labels)
                for values, sample in samples:
                    counter.add_metric(values, sample)
                return counter
            case Kind.GAUGE:
                gauge = GaugeMetricFamily(full, family.text, labels=labels)
                for values, sample in samples:
                    gauge.add_metric(values, sample)
                return gauge
            case Kind.HISTOGRAM:
                histogram = HistogramMetricFamily(full, family.text, labels=labels)
                for values, (*counts, total) in samples:
                    histogram.add_metric(values, _cumulative(family.buckets, counts), total)
                return histogram


def _cumulative(limits: tuple[float, ...], counts: list[int]) -> list[tuple[str, float]]:
    reached = 0
    buckets: list[tuple[str, float]] = []
    for limit, count in zip((*limits, None), counts, strict=True):
        reached += count
        buckets.append(("+Inf" if limit is None else str(limit), reached))
    return buckets
