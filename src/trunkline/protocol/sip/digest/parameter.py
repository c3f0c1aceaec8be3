"""The parameters of Digest headers: `name=token` and `name="quoted"` behind commas (RFC 7616 section 3)."""

import re
from typing import Final

from trunkline.protocol.sip.digest.errors import MalformedCredentials

# The last branch takes all from the first character that fits nowhere, so that findall sees all junk, once.
_PARAM: Final = re.compile(
    r"[ \t,]*(?:([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*=[ \t]*"
    r'(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^ \t,"]+))[ \t]*(?=,|$)|(.+))',
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SCHEME: Final = "digest "


def is_digest(value: str) -> bool:
    """Whether a header value is of the Digest scheme; schemes compare without case (RFC 7235 section 2.1)."""
    return value[:7].lower() == _SCHEME


def parse_digest(value: str) -> dict[str, str]:
    """The parameters of one Digest value: names in lower case, quotes and escapes resolved.

    Raises MalformedCredentials for junk between parameters, open quotes and parameters that come twice.
    """
    if not is_digest(value):
        raise MalformedCredentials("not of the Digest scheme")
    params: dict[str, str] = {}
    found: list[tuple[str, str, str, str]] = _PARAM.findall(value[7:].rstrip(" \t,"))
    for name, quoted, token, junk in found:
        if junk:
            raise MalformedCredentials("junk between parameters")
        params[name.lower()] = (_ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted) if quoted else token
    if len(params) != len(found):
        raise MalformedCredentials("a parameter twice")
    return params


def quote(text: str) -> str:
    """A quoted string (RFC 3261 section 25.1); line breaks cannot be carried and are refused by the serialiser."""
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
