"""Gateway URIs of carriers."""

import pytest

from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.carrier.facts import CarrierGateway
from trunkline.platform.store.gateway_uri import parse_gateway


@pytest.mark.parametrize(
    ("uri", "gateway"),
    [
        ("sip:192.0.2.1:5060", CarrierGateway("192.0.2.1", 5060)),
        ("sip:192.0.2.1", CarrierGateway("192.0.2.1")),
        ("sip:gw.example.test;transport=udp", CarrierGateway("gw.example.test", None, Transport.UDP)),
        ("SIP:Gw-1.Example.test:5061;transport=TLS", CarrierGateway("gw-1.example.test", 5061, Transport.TLS)),
        ("sip:[2001:db8::1]:5060;transport=tcp", CarrierGateway("2001:db8::1", 5060, Transport.TCP)),
    ],
)
def test_a_gateway_is_read(uri: str, gateway: CarrierGateway) -> None:
    assert parse_gateway(uri) == gateway
    assert parse_gateway(gateway.uri()) == gateway, "nothing that was asked for is lost on the way to the locator"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "192.0.2.1:5060",
        "sips:192.0.2.1",
        "sip:user@192.0.2.1",
        "sip:192.0.2.1:0",
        "sip:192.0.2.1:65536",
        "sip:192.0.2.1:",
        "sip:192.0.2.1;transport=sctp",
        "sip:192.0.2.1;lr",
        "sip:192.0.2.1?X-a=b",
        "sip:-a.example.test",
        "sip:192.0.2.1\r\nX: y",
        "sip:١٩٢.0.2.1",
    ],
)
def test_anything_else_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"needed|port"):
        parse_gateway(uri)
