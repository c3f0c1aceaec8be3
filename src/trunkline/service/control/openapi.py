"""The OpenAPI document: what FastAPI sees, told by product, with our credentials and our errors."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from trunkline.service.control.api.header import OF_ANY, OF_BROWSERS, OF_CUSTOMERS, OF_REFUSALS, is_customers

_PRODUCTS: Final = (
    ("/v1/Trunks", "Trunking"),
    ("/v1/HeaderManipulations", "Trunking"),
    ("/v1/DialingPermissions", "Voice"),
    ("/v1/Settings", "Voice"),
    ("/v1/Voice", "Insights"),
    ("/v1/Alerts", "Monitor"),
    ("/v1/Events", "Monitor"),
    ("/v2/Trunking", "Pricing"),
    ("/v2/Voice", "Pricing"),
    ("/v2/Trunks", "Routes"),
    ("/v2/PhoneNumbers", "Routes"),
    ("/v2/SipDomains", "Routes"),
    ("/2010-04-01/", "API 2010"),
    ("/operator/v1/", "Operator"),
    ("/", "Platform"),
)
"""What a path begins with and the product it belongs to (rest.md 1.1); the first that fits."""

_TAGS: Final = {
    "Trunking": "Trunks, their origination URLs, access lists, numbers and recording.",
    "API 2010": "Accounts, keys, SIP credentials and addresses, numbers, calls, usage.",
    "Voice": "The countries that may be called.",
    "Insights": "What was measured of calls.",
    "Monitor": "Alerts and audit events.",
    "Pricing": "What calls and numbers cost.",
    "Routes": "Where calls are handled.",
    "Operator": "Whoever runs the platform: carriers, inventory, tariffs, limits.",
    "Platform": "Health and figures.",
}
_OPERATOR: Final = ("/operator/v1/", "/metrics")
_OPEN: Final = ("/healthz",)
_SCHEMES: Final = {
    "account": {
        "type": "http",
        "scheme": "basic",
        "description": "AccountSid and AuthToken, or the SID and the secret of an API key.",
    },
    "operator": {
        "type": "http",
        "scheme": "basic",
        "description": "`operator` and TRUNKLINE_OPERATOR_TOKEN.",
    },
}
_ERROR: Final = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string"},
        "status": {"type": "integer"},
        "details": {"type": "object"},
    },
}


def _headers(*groups: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for names in groups for name in names}


_REFUSED: Final = {
    "description": "Refused",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    "headers": _headers(OF_ANY, OF_CUSTOMERS, OF_REFUSALS),
}
_HEADERS: Final = OF_ANY | OF_CUSTOMERS | OF_REFUSALS | dict.fromkeys(OF_BROWSERS, "For browsers.")


def product_of(path: str) -> str:
    """The product that a path belongs to."""
    return next(product for beginning, product in _PRODUCTS if path.startswith(beginning))


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of the routes that `app` has now."""
    document = get_openapi(title=app.title, version=app.version, openapi_version=app.openapi_version, routes=app.routes)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete(path, operation)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Error"] = _ERROR
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {"Refused": _REFUSED}
    components["headers"] = {
        name: {"description": told, "schema": {"type": "string"}} for name, told in _HEADERS.items()
    }
    used = {product_of(path) for path in document["paths"]}
    document["tags"] = [{"name": name, "description": told} for name, told in _TAGS.items() if name in used]
    return document


def _complete(path: str, operation: dict[str, Any]) -> None:
    operation["tags"] = [product_of(path)]
    # A bad field is 400 with a code of its own, never the 422 that the framework would announce.
    operation["responses"].pop("422", None)
    for answer in operation["responses"].values():
        answer["headers"] = _headers(OF_ANY, OF_CUSTOMERS if is_customers(path) else ())
    operation["responses"]["default"] = {"$ref": "#/components/responses/Refused"}
    if not path.startswith(_OPEN):
        operation["security"] = [{"operator" if path.startswith(_OPERATOR) else "account": []}]
