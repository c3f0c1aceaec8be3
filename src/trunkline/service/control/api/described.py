"""Tells the OpenAPI document of forms and query strings: dependencies read them, where FastAPI does not look."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from trunkline.service.control.api.form import Form
from trunkline.service.control.api.query import parameters


def form_model(route: APIRoute) -> type[Form] | None:
    """The form that a route reads, if it reads one."""
    return next(_models(route.dependant, "form_model"), None)


def query_parameters(route: APIRoute) -> list[dict[str, Any]]:
    """What a route reads of the query string, in the words of OpenAPI."""
    return [each for model in _models(route.dependant, "query_model") for each in parameters(model)]


def _models(dependant: Dependant, name: str) -> Iterator[Any]:
    """What the dependencies of a route read, at any depth."""
    for dependency in dependant.dependencies:
        model = getattr(dependency.call, name, None)
        if model is not None:
            yield model
        yield from _models(dependency, name)


def describe_requests(router: APIRouter) -> None:
    """Gives each route the `requestBody` and the `parameters` that it reads, once."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or route.openapi_extra is not None:
            continue
        route.openapi_extra = {}
        model = form_model(route)
        if model is not None:
            schema = _without_defaults(model.model_json_schema(by_alias=True))
            content = {"application/x-www-form-urlencoded": {"schema": schema}}
            route.openapi_extra["requestBody"] = {"content": content, "required": bool(schema.get("required"))}
        if found := query_parameters(route):
            route.openapi_extra["parameters"] = found


def _without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Without defaults: a field that is not sent stays as it is, whatever the model's own default."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)
    return schema
