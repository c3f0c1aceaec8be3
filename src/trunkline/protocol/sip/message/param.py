"""Parameters: `;name=value`, behind URIs and behind header values (RFC 3261 sections 19.1.1, 25.1)."""

from trunkline.protocol.sip.message.errors import MalformedMessage

Param = tuple[str, str | None]
"""None = a parameter without a value."""


class Parametrised:
    """Whatever has parameters."""

    __slots__ = ("params",)

    params: tuple[Param, ...]

    def param(self, name: str) -> str | None:
        """The value of a parameter, "" for one without value, None when absent; names compare without case."""
        for key, value in self.params:
            if key == name or key.lower() == name:
                return value if value is not None else ""
        return None


def format_params(params: tuple[Param, ...]) -> str:
    """`;name=value` for each parameter."""
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params)


def parse_params(text: str) -> tuple[Param, ...]:
    """Parameters from the text behind the first `;` (without it); quoted values keep their quotes.

    Empty ones, as in `;;`, are passed over: peers leave them in URIs.
    """
    return tuple([param for param in split_params(text) if param[0]]) if text else ()


def plain_params(text: str) -> tuple[Param, ...]:
    """Parameters from text that is known to hold no quotes, blanks or empty names, as a pattern has made sure."""
    pieces = [part.partition("=") for part in text.split(";")]
    return tuple([(name, value if equals else None) for name, equals, value in pieces])


def parse_header_params(text: str) -> tuple[Param, ...]:
    """Like parse_params, for a header: there an empty one raises MalformedMessage (RFC 4475 section 3.1.2.1)."""
    params = split_params(text)
    for name, _ in params:
        if not name:
            raise MalformedMessage(400, "Empty parameter")
    return tuple(params)


def split_params(text: str) -> list[Param]:
    """Every parameter between semicolons, empty ones as ("", None)."""
    params: list[Param] = []
    for part in text.split(";") if '"' not in text else split_outside_quotes(text, ";"):
        name, equals, value = part.partition("=")
        params.append((name.strip(), value.strip() if equals else None))
    return params


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at a separator that stands outside quoted strings and angle brackets."""
    parts: list[str] = []
    start = at = 0
    quoted = bracketed = False
    length = len(text)
    while at < length:
        char = text[at]
        if quoted:
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char == "<":
            bracketed = True
        elif char == ">":
            bracketed = False
        elif char == separator and not bracketed:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    if quoted:
        raise MalformedMessage(400, "Unbalanced quotes")
    parts.append(text[start:])
    return parts
