"""The INVITE that a customer gets. Rows 46, 50, 61-63, 69; sip.md 4.4."""

from dataclasses import replace

import pytest

from tests.unit.domain_trunk.town import ACCOUNT, OWNED, PFX, STRANGER, TRUNK, url
from trunkline.domain.trunk.origination.invite import (
    OriginationInvite,
    Presentation,
    origination_invite,
    presented_caller,
)
from trunkline.domain.trunk.origination.routing import plan
from trunkline.kit.ids import CallSid

CALL_SID = CallSid("CA" + "1" * 32)


def invite(
    text: str = "sip:h.example",
    caller: str = STRANGER,
    caller_name: str | None = None,
    carrier_host: str = "192.0.2.200",
    domain: str | None = TRUNK.domain,
    prefix: str = "X-Twilio",
) -> OriginationInvite:
    (target,) = plan([url(text)], OWNED, lambda _: 0)
    return origination_invite(
        target,
        trunk=replace(TRUNK, domain=domain),
        account_sid=ACCOUNT.sid,
        call_sid=CALL_SID,
        dialled=OWNED,
        caller=caller,
        caller_name=caller_name,
        carrier_host=carrier_host,
        presentation=Presentation(PFX, prefix),
    )


def test_rows_61_62_63_invite_of_an_origination_call() -> None:
    assert invite("sip:h.example;transport=tls?X-Team=sales&X-B=2") == OriginationInvite(
        request_uri=f"sip:{OWNED}@h.example;transport=tls",
        from_address=f"<sip:{STRANGER}@acme.pstn.{PFX}:5060>",
        to_address=f"<sip:{OWNED}@h.example;transport=tls>",
        contact_display="",
        contact_user=STRANGER,
        headers=(
            ("Max-Forwards", "60"),
            ("P-Asserted-Identity", f"<sip:{STRANGER}@192.0.2.200:5060>"),
            ("Diversion", f"<sip:{OWNED}@{PFX}>;reason=unconditional"),
            ("Allow", "ACK,BYE,CANCEL,INVITE,OPTIONS,REFER,NOTIFY"),
            ("X-Twilio-AccountSid", ACCOUNT.sid),
            ("X-Twilio-CallSid", CALL_SID),
            ("User-Agent", "Trunkline Gateway"),
            ("X-Team", "sales"),
            ("X-B", "2"),
        ),
    )


def test_row_61_diversion_tells_the_dialled_number_also_when_the_uri_has_a_user() -> None:
    found = invite("sip:desk@h.example")
    assert found.request_uri == "sip:desk@h.example"
    assert found.to_address == "<sip:desk@h.example>"
    assert dict(found.headers)["Diversion"] == f"<sip:{OWNED}@{PFX}>;reason=unconditional"


def test_row_62_prefix_is_a_setting() -> None:
    names = [name for name, _ in invite(prefix="X-Acme").headers]
    assert "X-Acme-CallSid" in names
    assert not any(name.startswith("X-Twilio") for name in names)


def test_row_50_nobody_says_in_a_uri_what_only_the_platform_may_say() -> None:
    """Row 62: whatever the prefix is; the name before it is as free as any other."""
    headers = invite("sip:h.example?x-acme-callsid=CA1&X-Acmes=2&X-B=3", prefix="X-Acme").headers
    assert [name for name, _ in headers if name.lower().startswith("x-")] == [
        "X-Acme-AccountSid", "X-Acme-CallSid", "X-Acmes", "X-B",
    ]  # fmt: skip


def test_row_69_name_is_shown_in_from_and_asserted_identity() -> None:
    found = invite(caller_name='Acme "West"\r\nX: y')
    quoted = '"Acme \\"West\\"X: y"'
    assert found.from_address == f"{quoted} <sip:{STRANGER}@acme.pstn.{PFX}:5060>"
    assert dict(found.headers)["P-Asserted-Identity"] == f"{quoted} <sip:{STRANGER}@192.0.2.200:5060>"


def test_withheld_caller_stays_withheld() -> None:
    found = invite(caller="anonymous")
    assert found.from_address == f"<sip:anonymous@acme.pstn.{PFX}:5060>"
    assert "P-Asserted-Identity" not in dict(found.headers)


def test_trunk_without_domain_calls_from_the_platforms_own() -> None:
    assert invite(domain=None).from_address == f"<sip:{STRANGER}@{PFX}:5060>"


def test_ipv6_carrier_is_written_as_a_reference() -> None:
    identity = dict(invite(carrier_host="2001:db8::1").headers)["P-Asserted-Identity"]
    assert identity == f"<sip:{STRANGER}@[2001:db8::1]:5060>"


@pytest.mark.parametrize(
    ("from_user", "shown"),
    [
        ("+12025550101", "+12025550101"),
        ("2025550101", "2025550101"),
        ("anonymous", "anonymous"),
        (None, "anonymous"),
        ("", "anonymous"),
        ("a b", "anonymous"),
        ("a>\r\nX: y", "anonymous"),
        ("ä", "anonymous"),
    ],
)
def test_caller_is_shown_as_the_carrier_gave_it(from_user: str | None, shown: str) -> None:
    assert presented_caller(from_user) == shown
