"""Query strings: PascalCase names into typed models, faults as 20001. The OpenAPI document shows the same models."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_pascal
from pydantic_core import CoreSchema, core_schema
from starlette.requests import Request

from trunkline.service.control.api.form import refused
from trunkline.service.control.api.wire_date import Window, read_window, since, until

Q = TypeVar("Q", bound="Query")
_DATE: Final[dict[str, Any]] = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


@dataclass(frozen=True, slots=True)
class OneOf:
    """As an annotation of a text: these words alone, where a table has them already."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


class Query(BaseModel):
    """The parameters of a GET. Unknown names are ignored, as the real API does, and an empty value is none."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True)


def with_plus(text: str) -> str:
    """A plus sign that was not escaped arrives as a space."""
    return "+" + text[1:] if text.startswith(" ") else text


PhoneText = Annotated[str, BeforeValidator(with_plus)]
"""A phone number or a part of one."""
Days = Annotated[Window, WithJsonSchema(_DATE)]
"""Of one date: `Name`, `Name<` and `Name>`."""
Since = Annotated[datetime | None, BeforeValidator(since), WithJsonSchema(_DATE)]
Until = Annotated[datetime | None, BeforeValidator(until), WithJsonSchema(_DATE)]


def query_of(model: type[Q]) -> Callable[[Request], Awaitable[Q]]:
    """A FastAPI dependency that reads `model` from the query string."""

    async def read(request: Request) -> Q:
        return read_query(model, request.query_params)

    read.query_model = model  # type: ignore[attr-defined]  # the OpenAPI document finds it here
    return read


def read_query(model: type[Q], query: Mapping[str, str]) -> Q:
    """`query` as `model`; 20001 names the first fault."""
    fields: dict[str, object] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if field.annotation is Window:
            fields[key] = read_window(query, key)
        elif text := query.get(key):
            fields[key] = text
    try:
        return model.model_validate(fields)
    except ValidationError as fault:
        raise refused(fault) from None


def parameters(model: type[Query]) -> list[dict[str, Any]]:
    """The parameters of `model` as OpenAPI tells them."""
    rules = model.model_json_schema(by_alias=True)["properties"]
    found = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        names = (key, f"{key}<", f"{key}>") if field.annotation is Window else (key,)
        found += [{"name": each, "in": "query", "required": False, "schema": _rule(rules[key])} for each in names]
    return found


def _rule(told: dict[str, Any]) -> dict[str, Any]:
    """What may be sent: nobody can send null."""
    rule = {key: value for key, value in told.items() if key not in ("title", "default")}
    choices = [choice for choice in rule.pop("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return {**choices[0], **rule}
    return {**rule, "anyOf": choices} if choices else rule
