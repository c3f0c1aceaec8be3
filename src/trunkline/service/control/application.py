"""The application: every resource behind one border."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from trunkline.kit.instant import Instant
from trunkline.service.control import docs_page, health, metrics
from trunkline.service.control.api.account import (
    accounts,
    addresses,
    available_phone_numbers,
    balance,
    calls,
    incoming_phone_numbers,
    keys,
    notifications,
    outgoing_caller_ids,
    recordings,
    sip_credentials,
    sip_ip_addresses,
    sip_lists,
    usage_records,
    usage_triggers,
)
from trunkline.service.control.api.authentication import require_operator
from trunkline.service.control.api.border import guard
from trunkline.service.control.api.context import Control
from trunkline.service.control.api.described import describe_requests
from trunkline.service.control.api.insights import calls as insights_calls
from trunkline.service.control.api.insights import settings as insights_settings
from trunkline.service.control.api.insights import summaries as insights_summaries
from trunkline.service.control.api.monitor import alert_webhook, alerts, events
from trunkline.service.control.api.operator import accounts as operator_accounts
from trunkline.service.control.api.operator import (
    bans,
    blocked_destinations,
    caller_names,
    carriers,
    gateways,
    geographic_defaults,
    inventory,
    number_ranges,
    sandbox_calls,
    sandbox_keypads,
    tariffs,
    tls,
    trunk_cps,
    validations,
)
from trunkline.service.control.api.operator import header_manipulations as operator_header_manipulations
from trunkline.service.control.api.operator import trunks as operator_trunks
from trunkline.service.control.api.pricing import trunking as trunking_prices
from trunkline.service.control.api.routes import regions
from trunkline.service.control.api.trunking import (
    access_lists,
    cps,
    header_manipulations,
    origination_urls,
    phone_numbers,
    recording,
    trunks,
)
from trunkline.service.control.api.voice import dialing_permissions
from trunkline.service.control.health import Health
from trunkline.service.control.openapi import describe

CUSTOMER: tuple[APIRouter, ...] = (
    trunks.router,
    origination_urls.router,
    access_lists.credential_lists,
    access_lists.ip_access_control_lists,
    phone_numbers.router,
    recording.router,
    cps.router,
    dialing_permissions.router,
    header_manipulations.router,
    accounts.router,
    sip_lists.credential_lists,
    sip_credentials.router,
    sip_lists.ip_access_control_lists,
    sip_ip_addresses.router,
    available_phone_numbers.router,
    incoming_phone_numbers.router,
    outgoing_caller_ids.router,
    calls.router,
    balance.router,
    notifications.router,
    alerts.router,
    alert_webhook.router,
    events.router,
    insights_settings.router,
    insights_summaries.router,
    insights_calls.router,
    recordings.router,
    keys.router,
    keys.signing_keys,
    usage_records.router,
    usage_triggers.router,
    addresses.router,
    trunking_prices.router,
    regions.router,
)
OPERATOR: tuple[APIRouter, ...] = (
    carriers.router,
    inventory.router,
    operator_accounts.router,
    sandbox_calls.router,
    sandbox_keypads.router,
    bans.router,
    blocked_destinations.router,
    caller_names.router,
    number_ranges.router,
    geographic_defaults.router,
    operator_trunks.router,
    trunk_cps.router,
    tariffs.router,
    operator_header_manipulations.router,
    tls.router,
    events.operator_router,
    gateways.router,
    validations.router,
)


class _Application(FastAPI):
    """FastAPI whose document is ours."""

    def openapi(self) -> dict[str, Any]:
        self.openapi_schema = self.openapi_schema or describe(self)
        return self.openapi_schema


def create_app(control: Control, health_of: Health, now: Callable[[], Instant]) -> FastAPI:
    """The ASGI application; `now` times requests. Opens nothing: the store in `control` is the caller's."""
    # The framework's own /docs and /redoc load scripts from elsewhere; ours is `docs_page`.
    app = _Application(
        title="Trunkline", version=version("trunkline"), docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.control = control
    app.state.health = health_of
    app.include_router(docs_page.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for router in CUSTOMER:
        describe_requests(router)
        app.include_router(router)
    for router in OPERATOR:
        describe_requests(router)
        app.include_router(router, dependencies=[Depends(require_operator)])
    guard(app, control.bench.ids, now)
    return app
