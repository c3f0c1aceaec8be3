"""Parameters of URIs and of header values: RFC 3261 sections 7.3.1, 19.1.1."""

import pytest

from trunkline.protocol.sip.message.errors import MalformedMessage
from trunkline.protocol.sip.message.name_addr import parse_name_addr
from trunkline.protocol.sip.message.param import (
    Parametrised,
    format_params,
    parse_header_params,
    parse_params,
    split_outside_quotes,
)
from trunkline.protocol.sip.message.uri import parse_uri
from trunkline.protocol.sip.message.via import parse_via


@pytest.mark.parametrize(
    "holder",
    [
        parse_uri("sip:h.example;LR;a=1;A=2"),
        parse_name_addr("<sip:h.example>;LR;a=1;A=2"),
        parse_via("SIP/2.0/UDP h.example;LR;a=1;A=2"),
    ],
)
def test_a_parameter_is_found_whatever_its_case_and_the_first_of_a_name_counts(holder: Parametrised) -> None:
    assert holder.param("lr") == ""
    assert holder.param("a") == "1"
    assert holder.param("b") is None
    assert format_params(holder.params) == ";LR;a=1;A=2"


def test_empty_parameters_are_passed_over_in_uris_and_malformed_in_headers() -> None:
    assert parse_params('a = "x;y" ;;b') == (("a", '"x;y"'), ("b", None))
    with pytest.raises(MalformedMessage):
        parse_header_params("a;;b")


def test_split_outside_quotes_and_brackets() -> None:
    assert split_outside_quotes('"a,\\",b" <x,y>,c,', ",") == ['"a,\\",b" <x,y>', "c", ""]
    with pytest.raises(MalformedMessage):
        split_outside_quotes('a,"b', ",")
