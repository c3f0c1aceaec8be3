"""SIP over TLS on the wire, both ways: transport, versions, ciphers, certificates (rows 47, 48, 72, 75, 76)."""

import os
import signal
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.peer import Callee, Caller
from tests.e2e.place import Place, wait_for
from tests.e2e.sip import TlsWire

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:ssl.TLSVersion")]
V = ssl.TLSVersion


def caller_on(place: Place, wire: TlsWire) -> Caller:
    return Caller(wire, place.number, place.far, place.domain)


def talk(place: Place, caller: Caller) -> None:
    """A call out to its end."""
    carrier = place.carrier()
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.answer()
    caller.established()
    callee.expect("ACK")
    caller.bye()
    callee.expect_bye()


def test_row_47_a_customers_call_over_tls(place: Place) -> None:
    """Verified by the authority that the service made, whose certificate names the trunk; Contact and Via say TLS."""
    place.open()
    carrier, wire = place.carrier(), place.tls()
    caller = caller_on(place, wire)
    caller.invite(login=place.login)
    callee = Callee.on(carrier)
    callee.ring()
    ringing = caller.expect(180)
    port = place.town.gateway[1] + 1
    assert ringing.contact() == f"sip:127.0.0.1:{port};transport=tls"
    assert ringing.get("via").startswith("SIP/2.0/TLS ")
    callee.answer()
    caller.established()
    callee.expect("ACK")
    callee.bye()
    assert caller.expect_bye().get("via").startswith(f"SIP/2.0/TLS 127.0.0.1:{port};")
    record = place.record()
    assert (record["inbound_transport"], record["outbound_transport"]) == ("tls", "udp")
    assert wire.version == "TLSv1.3"


@pytest.mark.parametrize("uri", ["sip:{host};transport=tls", "sips:{host}", "sip:{host}:5061;transport=tls"])
def test_rows_47_48_an_origination_uri_over_tls(place: Place, uri: str) -> None:
    """Port 5061 unless another is given; sips: is sip: with transport=tls; one connection carries the whole dialog."""
    place.open(uris=[uri.format(host=place.host("pbx1"))])
    door = place.tls_pbx()
    caller = place.from_carrier()
    caller.invite()
    callee = Callee.on(door)
    assert callee.invite.uri.startswith(f"sip:{place.number}@{place.host('pbx1')}")
    assert callee.invite.uri.endswith(";transport=tls")
    port = place.town.gateway[1] + 1
    assert callee.invite.get("via").startswith(f"SIP/2.0/TLS 127.0.0.1:{port};")
    assert callee.invite.contact() == f"sip:{place.far}@127.0.0.1:{port};transport=tls"
    callee.answer()
    caller.established()
    callee.expect("ACK")
    caller.bye()
    callee.expect_bye()
    assert len(door.connections) == 1
    assert place.record()["outbound_transport"] == "tls"


def test_row_47_another_port_than_5061(place: Place) -> None:
    place.open(uris=[f"sip:{place.host('pbx1')}:5071;transport=tls"])
    door = place.tls_pbx(port=5071)
    caller = place.from_carrier()
    caller.invite()
    Callee.on(door).refuse(486)
    caller.refused(486)


def test_row_72_a_secure_trunk_refuses_what_is_not_tls(place: Place) -> None:
    """488 with 32209 over UDP and TCP; over TLS the next refusal is that of plain RTP, row 73."""
    place.open(secure=True)
    for tcp in (False, True):
        caller = place.customer(tcp=tcp)
        caller.invite(login=place.login)
        assert caller.refused(488).get("x-twilio-error").startswith("32209 ")
    caller = caller_on(place, place.tls())
    caller.invite(login=place.login)
    assert caller.refused(488).get("x-twilio-error").startswith("32208 ")


def test_a_dialog_over_tls_connects_anew_when_its_connection_is_gone(place: Place) -> None:
    """Design, decision 14: to the PBX's Contact, over TLS again."""
    place.open(uris=[f"sip:{place.host('pbx1')};transport=tls"])
    door = place.tls_pbx()
    caller = place.from_carrier()
    caller.invite()
    callee = Callee.on(door)
    callee.answer()
    caller.established()
    callee.expect("ACK")
    door.hang_up(door.connections[0])
    time.sleep(0.2)
    caller.request("BYE")
    callee.expect_bye()
    caller.expect(200)


def test_goal_11_a_failing_handshake_moves_on_at_once(place: Place) -> None:
    """A PBX whose certificate is of somebody else, on a trunk that verifies; then one that it can trust."""
    place.open(uris=[f"sip:pbx.elsewhere.localhost:5073;transport=tls;maddr={place.host('pbx1')}"])
    answer = place.town.service.operator.post(f"/Trunks/{place.sid}/Tls", data={"Verify": "true"})
    assert answer.json() == {"trunk_sid": place.sid, "verify": True}
    place.add_uri(f"sip:{place.host('pbx1')}:5073;transport=tls", {"priority": 2})
    place.settle()
    door = place.tls_pbx(port=5073)
    caller = place.from_carrier()
    begun = time.monotonic()
    caller.invite()
    callee = Callee.on(door)
    assert time.monotonic() - begun < 2.0
    assert callee.invite.uri == f"sip:{place.number}@{place.host('pbx1')}:5073;transport=tls"
    callee.refuse(486)
    caller.refused(486)


def test_a_carrier_that_is_verified_is_called_where_its_certificate_names_it(place: Place) -> None:
    """Two gateways of a carrier, the first with somebody else's certificate: passed over at once, until nobody asks."""
    place.open()
    hosts = [f"sip:{place.host(kind)}:5061;transport=tls" for kind in ("pbx1", "pbx2")]
    sid = place.town.add_carrier(hosts, [place.far], TlsVerify="true")
    other, named = place.tls_pbx("pbx1", names=["pbx.elsewhere.test"]), place.tls_pbx("pbx2")
    place.settle()
    caller = place.customer()
    caller.invite(login=place.login)
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(other.receive, 3.0)  # shakes hands meanwhile
        Callee.on(named).refuse(486)
        caller.refused(486)
        assert heard.result() is None
    assert "alert" in other.told[0], "the platform has not said that it does not know the certificate"
    answer = place.town.service.operator.post(f"/Carriers/{sid}", data={"TlsVerify": "false"})
    assert answer.json()["tls_verify"] is False
    place.settle()
    caller = place.customer()
    caller.invite(login=place.login)
    Callee.on(other).refuse(486)
    caller.refused(486)
    assert place.town.service.operator.delete(f"/Carriers/{sid}").status_code == 204


@pytest.fixture
def deprecated(place: Place) -> Iterator[None]:
    """The account's switch is on for one test."""
    place.allow_deprecated_tls(allowed=True)
    yield
    place.allow_deprecated_tls(allowed=False)


@pytest.mark.parametrize("version", [V.TLSv1, V.TLSv1_1])
def test_row_75_deprecated_versions_are_refused_with_an_alert(place: Place, version: ssl.TLSVersion) -> None:
    """32222: the handshake fails, and the account of the trunk that SNI names hears of it."""
    place.open()
    with pytest.raises(OSError):  # noqa: PT011  an alert of TLS, or a reset
        place.tls(least=version, most=version)
    assert wait_for(place.alerts, bool, 5.0) == [32222]


@pytest.mark.parametrize(("version", "name"), [(V.TLSv1, "TLSv1"), (V.TLSv1_1, "TLSv1.1")])
def test_row_75_deprecated_versions_by_the_accounts_switch(
    place: Place, deprecated: None, version: ssl.TLSVersion, name: str
) -> None:
    place.open()
    wire = place.tls(least=version, most=version)
    assert wire.version == name
    talk(place, caller_on(place, wire))
    assert place.record()["inbound_transport"] == "tls"


def test_row_75_deprecated_versions_of_ours_by_the_accounts_switch(place: Place) -> None:
    """Both ways: a PBX that knows TLS 1.1 alone is called by an account that allows it, and by no other."""
    place.open(uris=[f"sip:{place.host('pbx1')}:5075;transport=tls"])
    door = place.tls_pbx(port=5075, most=V.TLSv1_1)
    caller = place.from_carrier()
    caller.invite()
    assert caller.refused(480, 503, 502, 504).get("x-twilio-error") is not None
    place.allow_deprecated_tls(allowed=True)
    try:
        again = place.from_carrier()
        again.invite()
        Callee.on(door).refuse(486)
        again.refused(486)
    finally:
        place.allow_deprecated_tls(allowed=False)


def test_row_76_a_cipher_of_the_list_and_none_beside_it(place: Place) -> None:
    place.open()
    wire = place.tls(most=V.TLSv1_2, ciphers="AES256-SHA:AES128-SHA256:ECDHE-RSA-AES256-SHA384:@SECLEVEL=0")
    assert wire.cipher == "ECDHE-RSA-AES256-SHA384"
    with pytest.raises(OSError):  # noqa: PT011
        place.tls(most=V.TLSv1_2, ciphers="ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=0")


def test_certificate_comes_to_name_a_trunk_below_another(place: Place) -> None:
    """sip.md 2.2: `a.b.pstn.{PFX}` is not covered by `*.pstn.{PFX}`; the gateway notices the new trunk by itself."""
    place.open()
    nested = f"a.{place.domain}"
    with pytest.raises(ssl.SSLCertVerificationError):
        place.tls(server=nested)
    trunk = place.town.api.trunking.v1.trunks.create(friendly_name="nested", domain_name=nested)
    old = place.tls()
    try:

        def named() -> bool:
            try:
                return place.tls(server=nested).version is not None
            except ssl.SSLCertVerificationError:
                return False

        assert wait_for(named, bool, 8.0)
        talk(place, caller_on(place, old))
    finally:
        place.town.api.trunking.v1.trunks(str(trunk.sid)).delete()


def test_sighup_reloads_and_drops_nobody(place: Place) -> None:
    """Goal 13. Sent to `trunkline up`, which passes it on: a certificate that is away is made anew."""
    place.open()
    wire = place.tls()
    service = place.town.service
    process = service.pid("gateway")
    place.settle()  # the look that a new trunk brings is over
    certificate = next(service.home.rglob("tls/rsa.pem"))
    certificate.unlink()
    os.kill(service.supervisor, signal.SIGHUP)
    assert wait_for(certificate.exists, bool, 5.0)
    talk(place, caller_on(place, wire))
    assert service.pid("gateway") == process


def test_goal_13_slow_and_silent_callers_are_gone_after_five_seconds(place: Place) -> None:
    host = place.host("stranger")
    begun = time.monotonic()
    stalled = [place.tcp_to_tls(host) for _ in range(5)]
    for number, wire in enumerate(stalled):
        wire.send(b"\x16\x03\x01\x01\x00\x01"[:number])
    assert all(wire.is_closed(8.0) for wire in stalled)
    assert 4.5 < time.monotonic() - begun < 8.0
