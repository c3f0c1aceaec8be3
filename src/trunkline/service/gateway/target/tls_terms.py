"""What a connection of ours asks of a target's TLS (sip.md 5.4, 5.7)."""

from dataclasses import replace

from trunkline.domain.call.attempt import Target
from trunkline.domain.trunk.carrier.route import CarrierTarget
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.origination.uri import OriginationTarget
from trunkline.protocol.sip.message.uri import Uri
from trunkline.protocol.sip.transaction.flow import Flow, TlsTerms
from trunkline.service.gateway.call.live_call import LiveCall, Plan


def named(flows: list[Flow], uri: Uri) -> list[Flow]:
    """The flows found for a URI, those over TLS with its host as the name of the far end.

    Whatever DNS makes of it, that is who is meant (RFC 5922 section 7.1).
    """
    if not any(flow.transport == "TLS" for flow in flows):
        return flows
    terms = TlsTerms(uri.address.lower().rstrip("."))
    return [replace(flow, tls=terms) if flow.transport == "TLS" else flow for flow in flows]


def verified(flows: list[Flow]) -> list[Flow]:
    """The same, with the far end's certificate verified."""
    return [flow if flow.tls is None else replace(flow, tls=replace(flow.tls, verified=True)) for flow in flows]


def on_terms(flows: list[Flow], target: Target, live: LiveCall) -> list[Flow]:
    """The same for one call: what its carrier, or its trunk and account, ask of the far end."""
    if isinstance(target, CarrierTarget):
        return verified(flows) if target.carrier.tls_verified else flows
    strict, deprecated = _asked(live.plan)
    if not (strict or deprecated) or (isinstance(target, OriginationTarget) and target.away is not None):
        return flows  # what the customer's side is asked goes to the gateway of the other edge under the hop's seal
    return [
        flow if flow.tls is None else replace(flow, tls=TlsTerms(flow.tls.name, strict, deprecated)) for flow in flows
    ]


def _asked(plan: Plan | None) -> tuple[bool, bool]:
    """Whether certificates are verified, and whether TLS 1.0 and 1.1 may be spoken, towards the customer."""
    if isinstance(plan, OriginationPlan):
        return plan.trunk.tls_verified, plan.account.deprecated_tls
    if isinstance(plan, HopPlan):
        return plan.tls_verified, plan.deprecated_tls
    return False, False
