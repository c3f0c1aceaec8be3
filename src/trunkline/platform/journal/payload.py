"""One entry as octets: `sid kind`, the small fields as JSON, then the long texts as they are.

    CA... sent\\n{"attempt":0,"@":[["request",1067]]}\\nINVITE sip:...

Long texts stay outside of the JSON because escaping a SIP message costs five times as much as writing it.
"""

import json
from typing import Any, Final

import orjson

from trunkline.platform.journal.seal import Sealer

_LONG: Final = 200
_TEXTS: Final = "@"
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_PLAIN: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME

Fields = dict[str, Any]
"""Plain JSON types."""


def encoded(sid: str, kind: str, fields: Fields, sealer: Sealer) -> bytes:
    """The payload of one entry; raises TypeError for what JSON does not know."""
    small: Fields = {}
    lengths: list[tuple[str, int]] = []
    texts: list[str] = []
    for name, value in fields.items():
        if isinstance(value, str) and len(value) > _LONG:
            text = sealer.seal(value, sid)
            lengths.append((name, len(text)))
            texts.append(text)
        else:
            small[name] = value
    if lengths:
        small[_TEXTS] = lengths
    head, rest = f"{sid} {kind}\n".encode(), "".join(texts).encode("utf-8", "surrogateescape")
    return b"%b%b\n%b" % (head, _json(small), rest)


def _json(fields: Fields) -> bytes:
    try:
        return orjson.dumps(fields, option=_PLAIN)
    except TypeError:
        # Octets of a peer that are no UTF-8; or something that JSON does not know, which raises here again.
        return _encode(fields).encode("utf-8", "surrogateescape")


def head_of(payload: bytes) -> tuple[str, str]:
    """(sid, kind); ("", "") for what is no entry."""
    sid, _, kind = payload.partition(b"\n")[0].decode("utf-8", "replace").partition(" ")
    return sid, kind


def decoded(payload: bytes, sealer: Sealer) -> tuple[str, str, Fields]:
    """(sid, kind, fields) as they were given; raises ValueError for a payload of another make."""
    head, _, rest = payload.partition(b"\n")
    sid, _, kind = head.decode("utf-8", "surrogateescape").partition(" ")
    small, _, texts = rest.partition(b"\n")
    fields = json.loads(small.decode("utf-8", "surrogateescape"))
    if not isinstance(fields, dict):
        raise ValueError("an entry without fields")
    text, at = texts.decode("utf-8", "surrogateescape"), 0
    for name, length in fields.pop(_TEXTS, ()):
        fields[name] = sealer.open(text[at : at + length], sid)
        at += length
    return sid, kind, fields
