"""Channels of carriers, counted from the calls that live (design, decision 7)."""

from trunkline.domain.trunk.carrier.channels import CarrierChannels
from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierSid
from trunkline.domain.trunk.share import Share
from trunkline.kit.ids import CallSid

NORTH = CarrierFacts(CarrierSid("CYnorth"), (), ("+",), max_channels=2)
SOUTH = CarrierFacts(CarrierSid("CYsouth"), (), ("+",))
CALLS = [CallSid(f"CA{n}") for n in range(5)]


def test_a_carrier_is_full_at_its_limit_and_has_room_again_when_a_call_ends() -> None:
    channels = CarrierChannels()
    for call in CALLS[:2]:
        assert not channels.is_full_for(call, NORTH)
        channels.take(call, NORTH.sid)
    assert channels.is_full_for(CALLS[2], NORTH)
    channels.leave(CALLS[0])
    assert not channels.is_full_for(CALLS[2], NORTH)


def test_a_call_counts_once_however_often_it_is_told_of() -> None:
    channels = CarrierChannels()
    channels.take(CALLS[0], NORTH.sid)
    channels.take(CALLS[0], NORTH.sid)
    assert channels.in_use(NORTH.sid) == 1
    channels.leave(CALLS[0])
    channels.leave(CALLS[0])
    assert channels.in_use(NORTH.sid) == 0


def test_a_call_that_moves_on_leaves_the_carrier_before() -> None:
    channels = CarrierChannels()
    channels.take(CALLS[0], NORTH.sid)
    channels.take(CALLS[0], SOUTH.sid)
    assert (channels.in_use(NORTH.sid), channels.in_use(SOUTH.sid)) == (0, 1)


def test_a_call_keeps_its_channel_for_the_carriers_next_gateway() -> None:
    channels = CarrierChannels()
    for call in CALLS[:2]:
        channels.take(call, NORTH.sid)
    assert not channels.is_full_for(CALLS[1], NORTH)


def test_without_a_limit_a_carrier_is_never_full() -> None:
    channels = CarrierChannels()
    for call in CALLS:
        channels.take(call, SOUTH.sid)
    assert not channels.is_full_for(CallSid("CAnext"), SOUTH)


def test_each_of_two_gateways_has_its_part_of_the_channels() -> None:
    channels = CarrierChannels(Share(0, 2))
    channels.take(CALLS[0], NORTH.sid)
    assert channels.is_full_for(CALLS[1], NORTH)
