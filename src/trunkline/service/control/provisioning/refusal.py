"""Refusals: the documented errors that a request can end in, as values with Twilio's codes."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class Refusal(Exception):
    """The product says no, for a reason that the caller can act on.

    `code` is one of Twilio's error codes (rest.md section 9), `status` the HTTP status that carries it.
    """

    def __init__(self, code: int, message: str, status: int = 400, details: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details


class NotFound(Refusal):
    """No such resource, or not one of the caller's; which of the two is never said.

    The border words the message, because only it knows the path that was asked for.
    """

    def __init__(self) -> None:
        super().__init__(20404, "The requested resource was not found", 404)


def existing(resource: T | None) -> T:
    """What a look-up found; raises NotFound where that is nothing."""
    if resource is None:
        raise NotFound
    return resource


def invalid(parameter: str, reason: str) -> Refusal:
    """20001: a parameter whose value cannot be used."""
    return Refusal(20001, f"Invalid parameter {parameter}: {reason}")
