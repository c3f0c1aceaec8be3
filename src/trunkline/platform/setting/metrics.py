"""The metrics of a process: base units, `_total`, labels of few and bounded values (never a number or a SID)."""

from typing import final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SET_UP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 60)
_CALL_SECONDS = (1, 5, 15, 30, 60, 180, 600, 1800, 3600, 14400, 86400)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@final
class Metrics:
    """One registry with the families that a process of `version` reports; unused ones stay without samples."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._count_sip()
        self._count_calls()
        self._count_media()
        self._count_platform(version)

    def _count_sip(self) -> None:
        self.sip_requests = self._counter("sip_requests", "SIP requests", "method", "transport", "direction")
        self.sip_responses = self._counter("sip_responses", "SIP responses received and sent", "code", "direction")
        self.sip_retransmissions = self._counter("sip_retransmissions", "SIP messages sent again", "direction")
        self.sip_malformed = self._counter("sip_malformed", "SIP messages refused or dropped", "reason")
        self.transactions = self._gauge("transactions", "Transactions that live")
        self.auth_failures = self._counter("auth_failures", "Calls refused by access control", "reason")
        self.banned_sources = self._gauge("banned_sources", "Sources under a ban")

    def _count_calls(self) -> None:
        self.calls = self._gauge("calls", "Calls that live", "direction")
        self.call_attempts = self._counter("call_attempts", "Finished calls", "direction", "result")
        self.failovers = self._counter("failovers", "Moves to the next target", "reason")
        self.cps_rejections = self._counter("cps_rejections", "Calls refused over a rate limit")
        self.pdd = self._histogram("pdd_seconds", "From INVITE to the first sign of ringing", _SET_UP_SECONDS)
        self.call_duration = self._histogram("call_duration_seconds", "From answer to release", _CALL_SECONDS)

    def _count_media(self) -> None:
        self.rtp_packets = self._counter("rtp_packets", "RTP packets", "op", "encrypted")
        self.rtp_dropped = self._counter("rtp_dropped", "RTP packets not forwarded", "reason")
        self.rtp_jitter = self._histogram("rtp_jitter_seconds", "Interarrival jitter of a stream", _LAG_SECONDS)
        self.mos = self._histogram("mos", "Estimated listening quality of a stream", (1, 2, 2.5, 3, 3.5, 4, 4.2, 4.4))

    def _count_platform(self, version: str) -> None:
        self.cdr_pending = self._gauge("cdr_pending", "Call records not yet in the store")
        self.cdr_written = self._counter("cdr_written", "Call records stored")
        self.event_loop_lag = self._histogram("event_loop_lag_seconds", "How late the loop wakes up", _LAG_SECONDS)
        self.gateway_up = self._gauge("gateway_up", "A carrier's gateway answers", "gateway")
        self._gauge("build_info", "The version that runs", "version").labels(version).set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"trunkline_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"trunkline_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"trunkline_{name}", text, buckets=buckets, registry=self.registry)

    def exposition(self) -> bytes:
        """The text that a scrape of `/metrics` is answered with."""
        return generate_latest(self.registry)
