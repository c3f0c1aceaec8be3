"""What a connection of ours asks of a target's TLS, and that the journal keeps it."""

import pytest

from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.service.gateway.entry import flow_fields
from trunkline.service.gateway.saved_call import _flow
from trunkline.service.gateway.tls_terms import named


@pytest.mark.parametrize(
    "terms", [None, TlsTerms(), TlsTerms("pbx.example", verified=True), TlsTerms("192.0.2.1", deprecated=True)]
)
def test_a_flow_taken_back_from_the_journal_asks_the_same(terms: TlsTerms | None) -> None:
    """A gateway's death does not turn a verified connection into one that is not."""
    flow = Flow("TLS", "192.0.2.1", 5061, 7, terms)
    assert _flow(flow_fields(flow)) == flow.unconnected()


def test_entries_of_before_are_read_as_they_were() -> None:
    assert _flow(["TLS", "192.0.2.1", 5061]) == Flow("TLS", "192.0.2.1", 5061)


def test_only_flows_over_tls_name_the_host_of_the_uri() -> None:
    """RFC 5922 section 7.1: the URI's host, in lower case and without the dot of DNS."""
    plain, secure = Flow("UDP", "192.0.2.1", 5060), Flow("TLS", "192.0.2.1", 5061)
    assert named([plain], parse_uri("sip:pbx.example")) == [plain]
    found = named([plain, secure], parse_uri("sip:PBX.example.;transport=tls"))
    assert found == [plain, Flow("TLS", "192.0.2.1", 5061, 0, TlsTerms("pbx.example"))]
    [flow] = named([secure], parse_uri("sips:[2001:db8::1]"))
    assert flow.tls == TlsTerms("2001:db8::1")
