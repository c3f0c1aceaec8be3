"""`/v1/HeaderManipulations`, and which of them a trunk uses; a resource of our own (docs/header-manipulation.md)."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse

from trunkline.domain.trunk.manipulation.policy import Rule
from trunkline.domain.trunk.manipulation.policy_json import rules_from_json
from trunkline.platform.store.repository.header_policy import TrunkPolicies, header_policies_of, policies_of_trunk
from trunkline.platform.store.repository.trunk import find_trunk
from trunkline.platform.store.table import HeaderPolicyRow
from trunkline.service.control.api.authentication import Caller
from trunkline.service.control.api.context import Context
from trunkline.service.control.api.form import Form, form_of
from trunkline.service.control.api.location import base_url
from trunkline.service.control.api.page import MetaList, Page
from trunkline.service.control.api.wire_date import IsoDate
from trunkline.service.control.provisioning.refusal import existing
from trunkline.service.control.provisioning.trunking.header_policy import (
    TrunkPolicyFields,
    create_policy,
    delete_policy,
    read_rules,
    set_trunk_policies,
    try_rules,
    update_policy,
    usable_policy,
)

router = APIRouter()
_PATH = "/v1/HeaderManipulations"
_OF_TRUNK = "/v1/Trunks/{trunk_sid}/HeaderManipulation"


class PolicyForm(Form):
    friendly_name: str
    rules: str
    """JSON text."""


class PolicyChangeForm(Form):
    friendly_name: str | None = None
    rules: str | None = None


class InviteForm(Form):
    invite: str


class RulesTestForm(InviteForm):
    rules: str


class TrunkPolicyForm(Form):
    termination_policy_sid: str = ""
    origination_policy_sid: str = ""


PolicyParameters = Annotated[PolicyForm, Depends(form_of(PolicyForm))]
PolicyChanges = Annotated[PolicyChangeForm, Depends(form_of(PolicyChangeForm))]
PastedInvite = Annotated[InviteForm, Depends(form_of(InviteForm))]
PastedRules = Annotated[RulesTestForm, Depends(form_of(RulesTestForm))]


class PolicyBody(BaseModel):
    sid: str
    account_sid: str
    friendly_name: str
    rules: list[dict[str, Any]]
    date_created: IsoDate
    date_updated: IsoDate
    url: str
    links: dict[str, str]


class TrialBody(BaseModel):
    invite: str
    changed: bool
    matched_rules: list[str]
    """Names, in the order that they were run."""


class TrunkPolicyBody(BaseModel):
    account_sid: str
    trunk_sid: str
    termination_policy_sid: str | None
    origination_policy_sid: str | None
    url: str


def policy_body(row: HeaderPolicyRow, base: str) -> PolicyBody:
    """`base` is the address of the list that the policy is read at."""
    return PolicyBody(
        sid=row.sid,
        account_sid=row.account_sid,
        friendly_name=row.friendly_name,
        rules=row.rules,
        date_created=row.date_created,
        date_updated=row.date_updated,
        url=f"{base}/{row.sid}",
        links={"test": f"{base}/{row.sid}/Test"},
    )


def trial_body(rules: tuple[Rule, ...], invite: str) -> TrialBody:
    """What the rules make of a pasted INVITE."""
    request, done = try_rules(rules, invite)
    text = done.request.to_text()
    return TrialBody(invite=text, changed=text != request.to_text(), matched_rules=list(done.matched))


_LIST = MetaList("header_manipulations", PolicyBody)


@router.get(_PATH, response_model=_LIST.model)
async def list_policies(caller: Caller, control: Context, page: Page) -> JSONResponse:
    async with control.bench.store.reading() as session:
        rows = await header_policies_of(session, caller.sid, page.cut)
    items = [policy_body(row, page.base + _PATH) for row in rows.rows]
    return _LIST.page(page, rows, items)


@router.post(_PATH, status_code=201)
async def create(request: Request, caller: Caller, control: Context, form: PolicyParameters) -> PolicyBody:
    row = await create_policy(control.bench, caller.sid, form.friendly_name, form.rules)
    return policy_body(row, base_url(request) + _PATH)


@router.post(_PATH + "/Test")
async def try_unsaved(_caller: Caller, form: PastedRules) -> TrialBody:
    """Rules that are not saved."""
    return trial_body(read_rules(form.rules), form.invite)


@router.get(_PATH + "/{sid}")
async def fetch(request: Request, caller: Caller, control: Context, sid: str) -> PolicyBody:
    """The parent's policies as well: a trunk may use them."""
    async with control.bench.store.reading() as session:
        row = await usable_policy(session, caller, sid)
    return policy_body(row, base_url(request) + _PATH)


@router.post(_PATH + "/{sid}")
async def update(request: Request, caller: Caller, control: Context, sid: str, form: PolicyChanges) -> PolicyBody:
    row = await update_policy(control.bench, caller.sid, sid, friendly_name=form.friendly_name, rules=form.rules)
    return policy_body(row, base_url(request) + _PATH)


@router.delete(_PATH + "/{sid}", status_code=204)
async def delete(caller: Caller, control: Context, sid: str) -> None:
    await delete_policy(control.bench, caller.sid, sid)


@router.post(_PATH + "/{sid}/Test")
async def try_saved(caller: Caller, control: Context, sid: str, form: PastedInvite) -> TrialBody:
    async with control.bench.store.reading() as session:
        row = await usable_policy(session, caller, sid)
    return trial_body(rules_from_json(row.rules), form.invite)


# ---- which of them a trunk uses


def _of_trunk(account_sid: str, trunk_sid: str, found: TrunkPolicies, base: str) -> TrunkPolicyBody:
    return TrunkPolicyBody(
        account_sid=account_sid,
        trunk_sid=trunk_sid,
        termination_policy_sid=found.termination,
        origination_policy_sid=found.origination,
        url=base + _OF_TRUNK.replace("{trunk_sid}", trunk_sid),
    )


@router.get(_OF_TRUNK)
async def fetch_of_trunk(request: Request, caller: Caller, control: Context, trunk_sid: str) -> TrunkPolicyBody:
    async with control.bench.store.reading() as session:
        existing(await find_trunk(session, caller.sid, trunk_sid))
        found = await policies_of_trunk(session, trunk_sid)
    return _of_trunk(caller.sid, trunk_sid, found, base_url(request))


@router.post(_OF_TRUNK)
async def update_of_trunk(
    request: Request,
    caller: Caller,
    control: Context,
    trunk_sid: str,
    form: Annotated[TrunkPolicyForm, Depends(form_of(TrunkPolicyForm))],
) -> TrunkPolicyBody:
    found = await set_trunk_policies(control.bench, caller, trunk_sid, cast("TrunkPolicyFields", form.sent()))
    return _of_trunk(caller.sid, trunk_sid, found, base_url(request))
