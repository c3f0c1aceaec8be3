"""Termination: every check of sip.md 3.2, and their order. Rows 15, 20-26, 29-30, 32-34, 37, 44, 72-73, 82."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from types import MappingProxyType

import pytest

from tests.unit.domain_trunk.town import (
    ACCOUNT,
    CALLEE,
    FORBIDDEN,
    OWNED,
    PFX,
    STRANGER,
    TRUNK,
    VERIFIED,
    Town,
)
from trunkline.domain.call.release_cause import (
    CONCURRENCY_EXCEEDED,
    POOL_CPS_EXCEEDED,
    TRUNK_CPS_EXCEEDED,
    ReleaseCause,
)
from trunkline.domain.trunk.address import Transport
from trunkline.domain.trunk.decision import Challenge, Drop, Reject
from trunkline.domain.trunk.facts import AccountFacts, AccountStatus, AccountType, TrunkFacts
from trunkline.domain.trunk.limits import Caller
from trunkline.domain.trunk.manipulation.policy import HeaderPolicy, HeaderPolicySid
from trunkline.domain.trunk.termination.caller_id import DiversionHeader, Identities
from trunkline.domain.trunk.termination.decision import TerminationDecision, TerminationPlan
from trunkline.domain.trunk.termination.request import Offer, TerminationRequest
from trunkline.domain.trunk.termination.routing import route_termination
from trunkline.domain.trunk.termination.settings import RoutingSettings
from trunkline.kit.ids import AccountSid
from trunkline.protocol.sip.digest.server import DigestOutcome

SETTINGS = RoutingSettings(PFX)
GOOD = TerminationRequest(
    method="INVITE",
    user=CALLEE,
    host=f"acme.pstn.{PFX}",
    source=ip_address("192.0.2.5"),
    transport=Transport.UDP,
    identities=Identities(OWNED, display_name="Acme"),
    offer=Offer.PLAIN,
    max_forwards=70,
    contact_host="192.0.2.5",
)
OUTSIDE = ip_address("192.0.2.99")
SECURE = replace(TRUNK, secure=True)
TRIAL = replace(ACCOUNT, type=AccountType.TRIAL)


async def decide(
    request: TerminationRequest = GOOD,
    trunk: TrunkFacts = TRUNK,
    account: AccountFacts = ACCOUNT,
    digest: DigestOutcome | None = DigestOutcome.OK,
    settings: RoutingSettings = SETTINGS,
    town: Town | None = None,
    limit: ReleaseCause | None = None,
    counted: list[Caller] | None = None,
    changed: Mapping[HeaderPolicy, TerminationRequest] = MappingProxyType({}),
) -> TerminationDecision:
    """`digest` None = the digest must not be looked at; `limit` is what the limits say, `counted` whom they saw.

    `changed` is what each header policy makes of the request.
    """

    def verify(asked: TrunkFacts) -> DigestOutcome:
        assert asked == trunk
        assert digest is not None, "the digest was looked at"
        return digest

    async def ask_limits(caller: Caller) -> ReleaseCause | None:
        if counted is not None:
            counted.append(caller)
        return limit

    town = town or Town()
    found = replace(town, trunks=(trunk,), accounts=(account, *town.accounts[1:]))
    return await route_termination(request, found, verify, ask_limits, lambda policy: changed[policy], settings)


async def test_call_that_passes_all_checks_is_admitted_with_its_plan() -> None:
    diversions = (DiversionHeader("<sip:+442079460999@pbx.example>", "+442079460999", "pbx.example"),)
    decision = await decide(replace(GOOD, host=f"ACME.pstn.us1.{PFX}", diversions=diversions))
    number_sid = Town().numbers[0].sid
    assert decision == TerminationPlan(
        trunk=TRUNK,
        account=ACCOUNT,
        caller=OWNED,
        caller_name="Acme",
        caller_number_sid=number_sid,
        callee=CALLEE,
        diversions=(diversions[0].value,),
        edge="ashburn",
    )


@pytest.mark.parametrize(
    "host", [f"nobody.pstn.{PFX}", f"pstn.{PFX}", f"pstn.ashburn.{PFX}", PFX, "192.0.2.1", "", "acme.example.com"]
)
@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
async def test_row_20_unknown_domain_is_dropped(host: str, method: str) -> None:
    assert await decide(replace(GOOD, host=host, method=method), digest=None) == Drop("unknown_domain")


async def test_row_75_deprecated_tls_passes_where_the_account_allows_it() -> None:
    decision = await decide(replace(GOOD, deprecated_tls=True), account=replace(ACCOUNT, deprecated_tls=True))
    assert isinstance(decision, TerminationPlan)


@pytest.mark.parametrize(("alias", "admitted"), [(True, True), (False, False)])
async def test_decision_11_alias_is_a_setting(alias: bool, admitted: bool) -> None:
    decision = await decide(replace(GOOD, host="acme.pstn.twilio.com"), settings=RoutingSettings(PFX, alias=alias))
    assert isinstance(decision, TerminationPlan if admitted else Drop)


# One line per refusal, in the order of sip.md 3.2: what is wrong, the digest's outcome (None = never asked), the code
# and status of section 10, and whether the caller was known by then.
Fault = tuple[str, TerminationRequest, TrunkFacts, AccountFacts, DigestOutcome | None, int, int | None, bool]
OK = DigestOutcome.OK
FAULTS: list[Fault] = [
    ("row 26", replace(GOOD, method="REGISTER"), TRUNK, ACCOUNT, None, 405, 32210, False),
    ("row 29", replace(GOOD, max_forwards=0), TRUNK, ACCOUNT, None, 483, 32006, False),
    ("row 15", GOOD, TRUNK, replace(ACCOUNT, status=AccountStatus.SUSPENDED), None, 603, 10001, False),
    ("row 15b", GOOD, TRUNK, replace(ACCOUNT, status=AccountStatus.CLOSED), None, 603, 10001, False),
    ("row 21", GOOD, replace(TRUNK, has_acl=False, has_credentials=False), ACCOUNT, None, 403, 32200, False),
    ("row 22", replace(GOOD, source=OUTSIDE), TRUNK, ACCOUNT, None, 403, 32201, False),
    ("row 22, empty list", GOOD, replace(TRUNK, acl_networks=()), ACCOUNT, None, 403, 32201, False),
    ("row 75", replace(GOOD, deprecated_tls=True), TRUNK, ACCOUNT, None, 403, 32222, False),
    ("row 24", GOOD, TRUNK, ACCOUNT, DigestOutcome.WRONG, 403, 32202, False),
    ("row 72", GOOD, SECURE, ACCOUNT, OK, 488, 32209, True),
    ("row 72, tcp", replace(GOOD, transport=Transport.TCP), SECURE, ACCOUNT, OK, 488, 32209, True),
    ("row 30, no plus", replace(GOOD, user="442079460123"), TRUNK, ACCOUNT, OK, 400, 32101, True),
    ("row 30, name", replace(GOOD, user="bob"), TRUNK, ACCOUNT, OK, 400, 32101, True),
    ("row 30, none", replace(GOOD, user=None), TRUNK, ACCOUNT, OK, 400, 32101, True),
    ("row 32", replace(GOOD, identities=Identities(STRANGER)), TRUNK, ACCOUNT, OK, 403, 32204, True),
    ("row 32, DNO", replace(GOOD, identities=Identities(FORBIDDEN)), TRUNK, ACCOUNT, OK, 403, 32206, True),
    ("row 32, name", replace(GOOD, identities=Identities("alice")), TRUNK, ACCOUNT, OK, 403, 32206, True),
    ("row 33, bad RPID", replace(GOOD, identities=Identities(OWNED, STRANGER)), TRUNK, ACCOUNT, OK, 403, 32204, True),
    ("row 33, RPID name", replace(GOOD, identities=Identities(OWNED, "bob")), TRUNK, ACCOUNT, OK, 403, 32206, True),
    ("row 34", GOOD, TRUNK, TRIAL, OK, 400, 32100, True),
    ("3.6 loopback", replace(GOOD, contact_host="127.0.0.9"), TRUNK, ACCOUNT, OK, 400, 32105, True),
    ("3.6 localhost", replace(GOOD, contact_host="LocalHost"), TRUNK, ACCOUNT, OK, 400, 32105, True),
    ("3.6 ::1", replace(GOOD, contact_host="[::1]"), TRUNK, ACCOUNT, OK, 400, 32105, True),
    ("row 35", replace(GOOD, user="+33123456789"), TRUNK, ACCOUNT, OK, 403, 32205, True),
    ("row 35, none", GOOD, TRUNK, replace(ACCOUNT, countries=frozenset()), OK, 403, 32205, True),
    ("row 44, missing", replace(GOOD, offer=Offer.ABSENT), TRUNK, ACCOUNT, OK, 400, 32103, True),
    ("row 44, bad", replace(GOOD, offer=Offer.UNREADABLE), TRUNK, ACCOUNT, OK, 400, 32102, True),
    ("row 82", replace(GOOD, offer=Offer.NO_CODEC), TRUNK, ACCOUNT, OK, 415, None, True),
    ("row 73", replace(GOOD, transport=Transport.TLS), SECURE, ACCOUNT, OK, 488, 32208, True),
    ("32207", replace(GOOD, offer=Offer.SECURE), TRUNK, ACCOUNT, OK, 488, 32207, True),
    ("32207, no key", replace(GOOD, offer=Offer.KEYLESS), TRUNK, ACCOUNT, OK, 488, 32207, True),
    (
        "row 73, no key",
        replace(GOOD, offer=Offer.KEYLESS, transport=Transport.TLS),
        SECURE,
        ACCOUNT,
        OK,
        488,
        32208,
        True,
    ),
    ("row 44, no SDP", replace(GOOD, offer=Offer.FOREIGN), TRUNK, ACCOUNT, OK, 415, 32102, True),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault[0] for fault in FAULTS])
async def test_each_fault_alone_has_its_refusal(fault: Fault) -> None:
    _, request, trunk, account, digest, status, code, recorded = fault
    decision = await decide(request, trunk, account, digest)
    assert isinstance(decision, Reject)
    assert (decision.cause.sip_status, decision.cause.error_code, decision.recorded) == (status, code, recorded)
    assert (decision.trunk, decision.account) == (trunk, account)


# The same order with everything after the first fault wrong as well: each repair uncovers the next refusal.
async def test_checks_run_in_the_documented_order() -> None:
    bad = TerminationRequest(
        method="REGISTER",
        user="bob",
        host=f"acme.pstn.{PFX}",
        source=OUTSIDE,
        transport=Transport.UDP,
        identities=Identities("alice"),
        offer=Offer.ABSENT,
        max_forwards=0,
        contact_host="127.0.0.1",
    )
    town = Town(blocked=frozenset({CALLEE[:5]}))
    limit: ReleaseCause | None = TRUNK_CPS_EXCEEDED
    counted: list[Caller] = []
    trunk = replace(SECURE, has_acl=False, has_credentials=False)
    account = replace(TRIAL, status=AccountStatus.CLOSED, countries=frozenset())
    digest = DigestOutcome.WRONG
    seen: list[int | None] = []

    async def look() -> None:
        decision = await decide(bad, trunk, account, digest, town=town, limit=limit, counted=counted)
        assert isinstance(decision, Reject)
        seen.append(decision.cause.error_code)

    await look()
    bad = replace(bad, method="INVITE")
    await look()
    bad = replace(bad, max_forwards=1)
    await look()
    account = replace(account, status=AccountStatus.ACTIVE)
    await look()
    trunk = replace(trunk, has_acl=True, has_credentials=True)
    await look()
    bad = replace(bad, source=GOOD.source)
    await look()
    digest = DigestOutcome.OK
    await look()
    bad = replace(bad, transport=Transport.TLS)
    await look()
    bad = replace(bad, user=CALLEE)
    await look()
    bad = replace(bad, identities=Identities(STRANGER))
    await look()
    bad = replace(bad, identities=Identities(VERIFIED))
    await look()
    account = replace(account, type=AccountType.FULL)
    await look()
    bad = replace(bad, contact_host="192.0.2.5")
    await look()
    account = replace(account, countries=ACCOUNT.countries)
    await look()
    assert counted == []
    town = Town()
    await look()
    assert counted == [Caller(trunk, account, account)]
    limit = None
    await look()
    bad = replace(bad, offer=Offer.PLAIN)
    await look()
    assert seen == [
        *(
            32210,
            32006,
            10001,
            32200,
            32201,
            32202,
            32209,
            32101,
            32206,
            32204,
            32100,
            32105,
            32205,
            32203,
            32001,
            32103,
        ),
        32208,
    ]
    bad = replace(bad, offer=Offer.SECURE)
    assert isinstance(await decide(bad, trunk, account, digest), TerminationPlan)


@pytest.mark.parametrize(("outcome", "stale"), [(DigestOutcome.ABSENT, False), (DigestOutcome.STALE, True)])
async def test_row_23_digest_is_asked_for(outcome: DigestOutcome, stale: bool) -> None:
    assert await decide(digest=outcome) == Challenge(TRUNK, stale)


async def test_row_25_either_list_alone_is_enough_and_is_enforced() -> None:
    acl_only = replace(TRUNK, has_credentials=False)
    assert isinstance(await decide(trunk=acl_only, digest=None), TerminationPlan)
    credentials_only = replace(TRUNK, has_acl=False, acl_networks=())
    assert isinstance(await decide(replace(GOOD, source=OUTSIDE), credentials_only), TerminationPlan)
    assert isinstance(await decide(trunk=credentials_only, digest=DigestOutcome.ABSENT), Challenge)


@pytest.mark.parametrize(
    ("source", "admitted"),
    [
        ("192.0.2.0", True),
        ("192.0.2.15", True),
        ("192.0.2.16", False),
        ("192.0.2.77", True),
        ("192.0.2.78", False),
        ("2001:db8::1", False),
    ],
)
async def test_row_22_any_network_of_the_trunk_admits(source: str, admitted: bool) -> None:
    decision = await decide(replace(GOOD, source=ip_address(source)))
    assert isinstance(decision, TerminationPlan) is admitted


@pytest.mark.parametrize("max_forwards", [None, 1, 19, 70])
async def test_row_29_hops_left_are_enough(max_forwards: int | None) -> None:
    assert isinstance(await decide(replace(GOOD, max_forwards=max_forwards)), TerminationPlan)


@pytest.mark.parametrize(
    ("identities", "caller"),
    [
        (Identities(OWNED), OWNED),
        (Identities(VERIFIED), VERIFIED),
        (Identities("1001", pai_user=VERIFIED), VERIFIED),
        (Identities("alice", rpid_user=OWNED, pai_user=STRANGER), OWNED),
        (Identities(None, pai_user=OWNED), OWNED),
        (Identities(OWNED, rpid_user=VERIFIED), OWNED),
        (Identities(OWNED, pai_user=STRANGER), OWNED),
    ],
)
async def test_rows_32_33_caller_id_comes_from_the_first_header_with_a_number(
    identities: Identities, caller: str
) -> None:
    decision = await decide(replace(GOOD, identities=identities))
    assert isinstance(decision, TerminationPlan)
    assert decision.caller == caller
    assert (decision.caller_number_sid is not None) is (caller == OWNED)


async def test_owned_caller_without_number_facts_is_admitted_without_number_sid() -> None:
    decision = await decide(town=Town(numbers=()))
    assert isinstance(decision, TerminationPlan)
    assert decision.caller_number_sid is None


@pytest.mark.parametrize("callee", [OWNED, VERIFIED])
async def test_row_34_trial_account_calls_verified_numbers(callee: str) -> None:
    assert isinstance(await decide(replace(GOOD, user=callee), account=TRIAL), TerminationPlan)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (GOOD, 32100),
        (replace(GOOD, user=OWNED, identities=Identities(STRANGER)), 32204),
        (replace(GOOD, user=OWNED, identities=Identities(OWNED, STRANGER)), 32204),
    ],
    ids=["to", "from", "remote party id"],
)
async def test_row_16_a_trial_uses_verified_numbers_at_both_ends(request_: TerminationRequest, code: int) -> None:
    decision = await decide(request_, account=TRIAL)
    assert isinstance(decision, Reject)
    assert decision.cause.error_code == code
    assert isinstance(
        await decide(replace(GOOD, user=OWNED, identities=Identities(OWNED)), account=TRIAL), TerminationPlan
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", None])
async def test_private_contacts_are_a_setting_and_missing_ones_no_fault(host: str | None) -> None:
    settings = RoutingSettings(PFX, allow_private=True)
    assert isinstance(await decide(replace(GOOD, contact_host=host), settings=settings), TerminationPlan)
    if host in {"10.0.0.1", None}:
        # Behind NAT a private Contact is ordinary (design, decision 14); only loopback is unusable.
        assert isinstance(await decide(replace(GOOD, contact_host=host)), TerminationPlan)


NOWHERE = (
    *("LOCALHOST", "localhost.", "pbx.localhost", "127.1.2.3", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"),
    *("0.0.0.0", "[::]", ""),
)


@pytest.mark.parametrize("host", NOWHERE)
async def test_a_contact_that_leads_nowhere_is_refused_however_it_is_written(host: str) -> None:
    """sip.md 3.6; RFC 3261 section 8.1.1.8 for what is no SIP URI."""
    decision = await decide(replace(GOOD, contact_host=host))
    assert isinstance(decision, Reject)
    assert decision.cause.error_code == 32105


@pytest.mark.parametrize("secure", [False, True])
async def test_offer_of_either_kind_suits_any_trunk(secure: bool) -> None:
    request = replace(GOOD, offer=Offer.EITHER, transport=Transport.TLS)
    assert isinstance(await decide(request, replace(TRUNK, secure=secure)), TerminationPlan)


@pytest.mark.parametrize(
    ("user", "host", "kept"),
    [
        (STRANGER, "pbx.example.com", True),
        (OWNED, PFX, True),
        (VERIFIED, f"acme.pstn.{PFX}", True),
        (STRANGER, PFX, False),
        (STRANGER, f"Acme.pstn.{PFX.upper()}", False),
        (STRANGER, "acme.pstn.twilio.com", False),
        (FORBIDDEN, PFX, False),
        ("bob", PFX, False),
        (None, PFX, False),
    ],
)
async def test_row_37_diversion_with_our_domain_needs_a_number_of_the_account(
    user: str | None, host: str, kept: bool
) -> None:
    header = DiversionHeader(f"<sip:{user}@{host}>;reason=no-answer", user, host)
    decision = await decide(replace(GOOD, diversions=(header,)))
    assert isinstance(decision, TerminationPlan)
    assert decision.diversions == ((header.value,) if kept else ())


async def test_each_number_is_looked_up_once() -> None:
    town = Town()
    header = DiversionHeader("<sip:x>", STRANGER, PFX)
    own = DiversionHeader("<sip:y>", OWNED, PFX)
    await decide(replace(GOOD, diversions=(header, own, header), identities=Identities(OWNED, VERIFIED)), town=town)
    assert town.asked == [OWNED, VERIFIED, STRANGER]


async def test_nothing_is_looked_up_for_a_caller_that_is_not_let_in() -> None:
    town = Town()
    await decide(replace(GOOD, source=OUTSIDE), digest=None, town=town)
    await decide(digest=DigestOutcome.WRONG, town=town)
    assert town.asked == []


async def test_trunk_without_its_account_is_our_fault() -> None:
    async def unlimited(_: Caller) -> None:
        return None

    decision = await route_termination(GOOD, Town(accounts=()), lambda _: OK, unlimited, lambda _: GOOD, SETTINGS)
    assert isinstance(decision, Reject)
    assert (decision.cause.sip_status, decision.recorded) == (503, False)


@pytest.mark.parametrize(("prefix", "code"), [("+44", 32203), (CALLEE, 32203), ("+1", None), (f"{CALLEE}0", None)])
async def test_row_36_blocked_destination(prefix: str, code: int | None) -> None:
    decision = await decide(town=Town(blocked=frozenset({prefix})))
    assert (decision.cause.error_code if isinstance(decision, Reject) else None) == code


@pytest.mark.parametrize("cause", [TRUNK_CPS_EXCEEDED, POOL_CPS_EXCEEDED, CONCURRENCY_EXCEEDED])
async def test_rows_38_39_41_what_the_limits_say_is_the_refusal(cause: ReleaseCause) -> None:
    assert await decide(limit=cause) == Reject(cause, recorded=True, trunk=TRUNK, account=ACCOUNT)


async def test_row_39_the_pool_is_the_parent_accounts() -> None:
    parent = AccountFacts(AccountSid("AC9"))
    child = replace(ACCOUNT, parent_sid=parent.sid)
    counted: list[Caller] = []
    town = Town(accounts=(child, parent))
    assert isinstance(await decide(account=child, town=town, counted=counted), TerminationPlan)
    assert counted == [Caller(TRUNK, child, parent)]
    orphan = await decide(account=child, town=Town(), counted=counted)
    assert isinstance(orphan, Reject)
    assert (orphan.cause.sip_status, len(counted)) == (503, 1)


async def test_row_38_only_an_invite_that_is_let_in_counts() -> None:
    counted: list[Caller] = []
    await decide(digest=DigestOutcome.ABSENT, counted=counted)
    await decide(digest=DigestOutcome.WRONG, counted=counted)
    await decide(replace(GOOD, method="OPTIONS"), counted=counted)
    assert counted == []
    await decide(replace(GOOD, offer=Offer.ABSENT), counted=counted)
    assert len(counted) == 1


POLICY = HeaderPolicy(HeaderPolicySid("HM1"), "repair", ())
REPAIRING = replace(TRUNK, termination_policy=POLICY)
LOCAL = replace(GOOD, user="011442079460123", identities=Identities("2025550101"))


async def test_row_109_the_policy_of_the_trunk_comes_before_the_called_number_and_the_caller_id() -> None:
    untouched = await decide(LOCAL)
    assert isinstance(untouched, Reject)
    assert untouched.cause.error_code == 32101
    for changed, code in ((GOOD, None), (replace(GOOD, user="911"), 32101), (replace(LOCAL, user=CALLEE), 32206)):
        decision = await decide(LOCAL, REPAIRING, changed={POLICY: changed})
        assert (decision.cause.error_code if isinstance(decision, Reject) else None) == code
    decision = await decide(LOCAL, REPAIRING, changed={POLICY: GOOD})
    assert isinstance(decision, TerminationPlan)
    assert (decision.caller, decision.callee) == (OWNED, CALLEE)


async def test_row_109_checks_of_who_calls_come_before_the_policy_is_asked() -> None:
    for request, trunk, code in (
        (replace(LOCAL, source=OUTSIDE), REPAIRING, 32201),
        (LOCAL, replace(REPAIRING, secure=True), 32209),
    ):
        decision = await decide(request, trunk)  # the empty mapping would raise if it were asked
        assert isinstance(decision, Reject)
        assert decision.cause.error_code == code


async def test_rows_37_and_109_diversions_are_judged_as_the_policy_left_them() -> None:
    foreign = DiversionHeader(f"<sip:{STRANGER}@{PFX}>", STRANGER, PFX)
    own = DiversionHeader(f"<sip:{OWNED}@{PFX}>", OWNED, PFX)
    changed = {POLICY: replace(GOOD, diversions=(own, foreign))}
    decision = await decide(LOCAL, REPAIRING, changed=changed)
    assert isinstance(decision, TerminationPlan)
    assert decision.diversions == (own.value,)
