"""What a gateway reports of itself: figures of real calls of the simulated platform, family by family."""

from dataclasses import replace
from datetime import timedelta

from tests.kit.facts import CARRIER, Facts
from tests.kit.phone import Script
from tests.kit.platform import Platform
from tests.kit.scene import Scene, open_facts
from trunkline.domain.record.call_record import CallRecord
from trunkline.domain.record.media_statistics import MediaStatistics
from trunkline.platform.setting.metrics import FAMILIES, Kind, exposition
from trunkline.platform.sipnet.counters import note
from trunkline.platform.sipnet.endpoint import SipEndpoint
from trunkline.service.gateway.admin.meter import Meter
from trunkline.service.gateway.tally import Tally

NOT_A_GATEWAYS = {"build_info", "process_ready", "process_restarts"}


class Desk:
    """Implements what the meter reads of an outbox."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.stored = 3
        self.set_aside = 1

    def __len__(self) -> int:
        return 2


def finished(scene: Scene) -> list[CallRecord]:
    return scene.platform.records.records


def meter_of(platform: Platform, desk: Desk) -> tuple[Meter, SipEndpoint]:
    endpoint = SipEndpoint(platform.ua, lambda event: None)
    endpoint.close()
    world = platform.world
    health, reception = platform.watch.health, platform.switch.reception
    return Meter(endpoint, platform.ua, platform.calls, reception, desk, health, lambda: world.now), endpoint


def test_the_report_holds_every_family_with_the_right_labels() -> None:
    with Scene(Script(hang_up_after=3.0), facts=open_facts()) as scene:
        scene.dial()
        scene.run(1.0)
        desk = Desk()
        meter, endpoint = meter_of(scene.platform, desk)
        note(endpoint.counters.heard, "UDP", b"INVITE sip:a SIP/2.0")
        note(endpoint.counters.told, "UDP", b"SIP/2.0 100 Trying")
        report = meter.report()
        assert set(report) == set(FAMILIES) - NOT_A_GATEWAYS
        for name, samples in report.items():
            for values, sample in samples:
                assert len(values) == len(FAMILIES[name].labels), name
                assert isinstance(sample, list) is (FAMILIES[name].kind is Kind.HISTOGRAM), name
        assert report["calls"] == [(["trunking-terminating"], 1)]
        assert report["sip_requests"] == [(["INVITE", "udp", "in"], 1)]
        assert report["sip_responses"] == [(["100", "udp", "out"], 1)]
        assert [report[name] for name in ("cdr_pending", "cdr_written", "cdr_set_aside")] == [
            [([], 2)],
            [([], 3)],
            [([], 1)],
        ]
        assert report["transactions"] == [([], scene.platform.ua.transaction_count)]
        assert b"trunkline_calls" in exposition({"gateway": report})


def test_order_is_told() -> None:
    with Scene(facts=Facts()) as scene:
        doorkeeper = scene.platform.doorkeeper
        doorkeeper.failures["acl_denied"] = 4
        doorkeeper.dropped = 9
        scene.platform.switch.load.told(0.3, scene.world.now)
        meter, _ = meter_of(scene.platform, Desk())
        report = meter.report()
        assert report["auth_failures"] == [(["acl_denied"], 4)]
        assert report["ban_drops"] == [([], 9)]
        assert report["event_loop_lag_seconds"] == [([], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0.3])]


def test_decision_19_gateways_of_carriers_are_told_by_state() -> None:
    with Scene(facts=open_facts()) as scene:
        watch, (dead, living) = scene.platform.watch, CARRIER.gateways
        for _ in range(3):
            watch.health.of(dead, scene.world.now).ping_failed("no response to OPTIONS", scene.world.now)
        watch.health.of(living, scene.world.now)
        meter, _ = meter_of(scene.platform, Desk())
        assert meter.report()["carrier_gateways"] == [(["up"], 1), (["down"], 1)]


def test_finished_calls_add_up() -> None:
    with Scene(Script(hang_up_after=3.0), facts=open_facts()) as scene:
        scene.dial()
    with Scene(Script(refuse_with=503), Script(refuse_with=486), facts=open_facts()) as other:
        other.dial()
    (answered,), (busy,) = finished(scene), finished(other)
    tally = Tally()
    tally.count(replace(answered, inbound_media=MediaStatistics(packets_received=50, jitter_ms=4.0, mos=4.3)))
    tally.count(replace(answered, answered_at=answered.released_at - timedelta(seconds=90)))
    tally.count(busy)
    assert tally.results == {
        ("trunking-terminating", "completed"): 2,
        ("trunking-terminating", "busy"): 1,
    }
    assert sum(tally.failovers.values()) == len(busy.attempts) == 2
    assert (sum(tally.durations.counts), round(tally.durations.total)) == (2, 93)
    assert sum(tally.pdds.counts) >= 2
    assert tally.packets["inbound"] == 50 + 100 + 100, "every call of the fake relay has 100"
    assert tally.scores.counts[tally.scores.limits.index(4.4)] == 1
    assert tally.limited == {}
