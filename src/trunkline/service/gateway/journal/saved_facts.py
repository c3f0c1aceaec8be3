"""The facts of a call as the journal tells of them: by their names, until the store is asked for the rest."""

from trunkline.domain.trunk.carrier.facts import CarrierFacts, CarrierSid
from trunkline.domain.trunk.edge.hop import HopPlan
from trunkline.domain.trunk.facts import AccountFacts, NumberSid, TrunkFacts
from trunkline.domain.trunk.origination.decision import OriginationPlan
from trunkline.domain.trunk.termination.decision import TerminationPlan
from trunkline.kit.ids import E164, AccountSid, TrunkSid
from trunkline.service.gateway.call.live_call import LiveCall, Plan
from trunkline.service.gateway.journal.entry import Fields
from trunkline.service.gateway.journal.saved_call import SavedCall


def restore_facts(live: LiveCall, saved: SavedCall) -> None:
    """By SID, as far as the record and the relay need them; `aftermath.refresh_facts` brings the rest."""
    fields = saved.admitted
    if fields["account"] is not None:
        live.account = AccountFacts(AccountSid(fields["account"]))
    if fields["trunk"] is not None:
        account_sid = AccountSid(fields["account"] or "")
        live.trunk = TrunkFacts(TrunkSid(fields["trunk"]), account_sid, None, symmetric_rtp=bool(fields["symmetric"]))
    if fields["carrier"] is not None:
        live.carrier = CarrierFacts(CarrierSid(fields["carrier"]), (), ())
    live.plan = HopPlan.of_request(saved.request) if fields.get("hop") else _plan(live, fields)


def _plan(live: LiveCall, fields: Fields) -> Plan | None:
    trunk, account = live.trunk, live.account
    if trunk is None or account is None or "to" not in fields:
        return None
    number = NumberSid(fields["number"]) if fields["number"] is not None else None
    to = E164(fields["to"])
    if live.is_termination:
        return TerminationPlan(trunk, account, E164(fields["from"]), None, number, to, (), fields["edge"])
    if live.carrier is None or number is None:
        return None
    name, lookups = fields.get("name"), int(fields.get("cnam", 0))
    return OriginationPlan(trunk, account, live.carrier, number, to, (), (), name, lookups)
