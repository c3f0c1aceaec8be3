"""The headers of answers (rest.md 1.5) and what the OpenAPI document says of them."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Scope

from trunkline.service.control.api.location import host_of
from trunkline.service.control.provisioning.routes.voice_route import HOME_REGION

OF_ANY: Final = {
    "Twilio-Request-Id": "The request's own SID (`RQ`), which stands in the log.",
    "Twilio-Request-Duration": "Seconds until the answer began.",
    "Cache-Control": "`no-store`",
}
OF_CUSTOMERS: Final = {
    "X-Home-Region": "The region that the account is in.",
    "X-API-Domain": "The host that was asked.",
}
OF_REFUSALS: Final = {
    "X-Twilio-Error-Code": "The `code` of the body.",
    "WWW-Authenticate": "With 401: which credentials are wanted.",
    "Retry-After": "With 429: seconds to wait.",
    "Allow": "With 405: the methods that are served.",
}
_EXPOSED: Final = (*OF_ANY, *OF_CUSTOMERS, *OF_REFUSALS)
OF_BROWSERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, X-Twilio-Client",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": ", ".join(_EXPOSED),
}
"""What a page of any origin may do: nothing, unless it has the account's credentials in hand. With `*` a browser sends
none that it keeps by itself."""
_PREFLIGHT_S: Final = "86400"
_CUSTOMERS: Final = ("/2010-04-01/", "/v1/", "/v2/")


def is_customers(path: str) -> bool:
    """Whether a path is of the API that customers' programs use, be it served or not."""
    return path.startswith(_CUSTOMERS)


def is_preflight(scope: Scope) -> bool:
    """A browser asking before a request of another origin, without credentials (Fetch, section 3.2.2)."""
    return scope["method"] == "OPTIONS" and is_customers(scope["path"])


def mark(headers: MutableHeaders, scope: Scope, request_id: str, took_s: float) -> None:
    """Adds what every answer carries."""
    headers["Twilio-Request-Id"] = request_id
    headers["Twilio-Request-Duration"] = f"{took_s:.3f}"
    headers["Cache-Control"] = "no-store"
    if is_customers(scope["path"]):
        headers["X-Home-Region"] = HOME_REGION
        headers["X-API-Domain"] = host_of(Request(scope))
        headers.update(OF_BROWSERS)
        if is_preflight(scope):
            headers["Access-Control-Max-Age"] = _PREFLIGHT_S
