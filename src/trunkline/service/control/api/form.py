"""Form bodies: PascalCase fields into typed models, empty strings kept, faults as 20001.

FastAPI's own form models drop empty strings, but an empty string clears a field here (rest.md 1.2), so the body is read
by a dependency of ours and `model_fields_set` tells what was sent.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_pascal
from starlette.datastructures import FormData
from starlette.requests import Request

from trunkline.service.control.provisioning.refusal import Refusal

M = TypeVar("M", bound="Form")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,15})?\Z", re.ASCII)


class Form(BaseModel):
    """A form body. Unknown fields are ignored, as the real API does; NUL characters are refused everywhere."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, fields: dict[str, Any]) -> dict[str, Any]:
        for name, value in fields.items():
            texts = value if isinstance(value, list) else [value]
            if any("\x00" in text for text in texts):
                raise ValueError(f"{name} contains a NUL character")
        return fields

    def sent(self) -> dict[str, Any]:
        """The fields that the request named, by our names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _boolean(text: object) -> object:
    """`true` and `false` in any case, the only spellings of rest.md 1.2."""
    spelled = str(text).lower()
    if spelled not in ("true", "false"):
        raise ValueError("must be true or false")
    return spelled == "true"


def _number(text: object) -> object:
    """Digits with an optional sign; bounded so that no database integer overflows."""
    spelled = str(text)
    digits = spelled.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise ValueError("must be a whole number")
    return int(spelled)


def _degrees(text: object) -> object:
    """A decimal number of degrees; empty is none."""
    spelled = str(text)
    if spelled and not _DEGREES.match(spelled):
        raise ValueError("must be degrees such as -122.4618")
    return float(spelled) if spelled else None


Degrees = Annotated[float | None, BeforeValidator(lambda given: None if given is None else _degrees(given))]
Flag = Annotated[bool, BeforeValidator(_boolean)]
Number = Annotated[int, BeforeValidator(_number)]
Limit = Annotated[Number | None, BeforeValidator(lambda text: text or None)]
"""A whole number; empty is no limit."""
ApplicationSid = Annotated[str, Field(pattern="^(AP[0-9a-fA-F]{32})?$")]
"""`AP` and 32 hex digits, or empty."""
TrunkSid = Annotated[str, Field(pattern="^(TK[0-9a-fA-F]{32})?$")]
"""`TK` and 32 hex digits, or empty."""
AddressSid = Annotated[str, Field(pattern="^(AD[0-9a-fA-F]{32})?$")]
BundleSid = Annotated[str, Field(pattern="^(BU[0-9a-fA-F]{32})?$")]
IdentitySid = Annotated[str, Field(pattern="^(RI[0-9a-fA-F]{32})?$")]
HttpMethod = Literal["GET", "POST"]


def form_of(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A FastAPI dependency that reads `model` from the body."""

    async def read(request: Request) -> M:
        async with request.form(max_files=0, max_fields=1_000, max_part_size=32_768) as body:
            return read_form(model, body)

    read.form_model = model  # type: ignore[attr-defined]  # the OpenAPI page finds it here
    return read


def read_form(model: type[M], body: FormData) -> M:
    """`body` as `model`: for a repeatable field one value is a list of one, for any other the last value counts.

    20001 names the first fault.
    """
    fields: dict[str, object] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in body:
            values = [value for value in body.getlist(key) if isinstance(value, str)] or [""]
            fields[key] = values if _is_repeatable(field.annotation) else values[-1]
    try:
        return model.model_validate(fields)
    except ValidationError as fault:
        raise refused(fault) from None


def _is_repeatable(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def refused(faults: ValidationError) -> Refusal:
    """20001 for the first of the faults."""
    fault = faults.errors(include_url=False, include_context=False)[0]
    name = str(next(iter(fault["loc"]), "body"))  # what follows names parts of the field's type
    if fault["type"] == "missing":
        return Refusal(20001, f"Missing required parameter {name} in the post body")
    reason = fault["msg"].removeprefix("Value error, ")
    return Refusal(20001, f"Invalid parameter {name}: {reason}")
