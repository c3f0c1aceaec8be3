"""Values as JSON text, quickly; what the quick library refuses is left to the standard one."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def json_text(value: Any, default: Callable[[Any], Any] | None = None, **_options: Any) -> str:
    """`default` turns what JSON does not know into what it does; raises TypeError without it.

    Octets of a peer that are no UTF-8 (lone surrogates) come out as escapes.
    """
    try:
        return orjson.dumps(value, default=default).decode()
    except TypeError:
        return json.dumps(value, default=default)
