"""Puts the form bodies into the OpenAPI document: they are read by a dependency, where FastAPI does not look."""

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from trunkline.service.control.api.form import Form


def form_model(route: APIRoute) -> type[Form] | None:
    """The form that a route reads, if it reads one."""
    for dependency in route.dependant.dependencies:
        model = getattr(dependency.call, "form_model", None)
        if isinstance(model, type) and issubclass(model, Form):
            return model
    return None


def describe_forms(router: APIRouter) -> None:
    """Gives each route that reads a form its `requestBody`, once."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or route.openapi_extra is not None:
            continue
        model = form_model(route)
        if model is not None:
            schema = _without_defaults(model.model_json_schema(by_alias=True))
            content = {"application/x-www-form-urlencoded": {"schema": schema}}
            route.openapi_extra = {"requestBody": {"content": content, "required": bool(schema.get("required"))}}


def _without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Without defaults: a field that is not sent stays as it is, whatever the model's own default."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)
    return schema
