"""Logging: one JSON object a line on standard error, without secrets."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TextIO, cast

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, FilteringBoundLogger

from trunkline.kit.secret import Secret
from trunkline.platform.setting.json_text import json_text

Logger = FilteringBoundLogger

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_SECRET_NAMES = re.compile(r"token|password|passwd|secret|authorization|ha1|api_key|credential$", re.IGNORECASE)

_NAME = r"[^\s=&;#?:]{0,64}"
_CREDENTIAL = rf"{_NAME}(?:token|key|pass|pwd|secret|auth|sig|cred|session|bearer|jwt){_NAME}"
"""Such a name of a parameter in a URL or a form, or of a header of somebody's own."""

# What betrays a secret inside a longer text: SDP keys, SIP and HTTP credentials, those in URLs, forms and SIP URIs.
_SECRET_TEXTS = (
    (re.compile(r"(inline:)[A-Za-z0-9+/=]+"), r"\1***"),
    (re.compile(r"((?:proxy-)?authorization\s*:\s*)[^\r\n]+", re.IGNORECASE), r"\1***"),
    (re.compile(rf"^(x-{_CREDENTIAL}\s*:\s*)[^\r\n]+", re.IGNORECASE | re.MULTILINE), r"\1***"),
    (re.compile(r"\b((?:basic|bearer)(?:\s+|%20|\+))[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\bresponse=\")[0-9a-fA-F]{32,64}"), r"\1***"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s:/@?#]+(?=@)", re.IGNORECASE), r"\1***"),  # a user alone is a token
    (re.compile(rf"([?&;]{_CREDENTIAL}=)[^\s&;#>\"]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\bsips?:[^\s:@;>]+:)[^\s@>]+(?=@)", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\b(?:password|authtoken|auth_token|secret)\s*[=:]\s*)[^\s&,;]+", re.IGNORECASE), r"\1***"),
)
_HINTS = (
    "inline:",
    "uthorization",
    "asic ",
    "earer ",
    "esponse=",
    "@",
    "assword",
    "oken",
    "ecret",
    "PASSWORD",
    "AUTH",
    "?",
    "&",
)


def redacted_text(text: str) -> str:
    """The text with every secret that shows by its shape masked."""
    for hint in _HINTS:  # most texts hold none: no generator for each
        if hint in text:
            break
    else:
        return text
    for pattern, replacement in _SECRET_TEXTS:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(1024)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _redacted(name: str, value: Any) -> Any:
    if isinstance(value, Secret):
        return "***"
    if isinstance(value, str | bytes) and _names_a_secret(name):
        return "***"
    match value:
        case str():
            return redacted_text(value)
        case bytes():
            return redacted_text(value.decode("latin-1"))
        case dict():
            return {key: _redacted(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_redacted(name, item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return redacted_text(repr(value))


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The processor that no line passes by."""
    fresh: MutableMapping[str, Any] = {name: _redacted(name, value) for name, value in event.items()}
    return fresh


class _Unfailing:
    """A stream for lines that may get lost: a full disk or a reader that has gone must not end a call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def start_logging(level: str, process: str, stream: TextIO | None = None) -> None:
    """Sets up logging for this process; the libraries' own loggers go the same way, from WARNING up.

    `level`: debug, info, warning, error. Every line carries `event`, `level`, `process` and `at` in UTC.
    """

    def name_process(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    tracebacks = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))  # locals would hold secrets
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            tracebacks,
            redact,
            structlog.processors.JSONRenderer(json_text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Unfailing(stream or sys.stderr))),
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


class _Bridge(logging.Handler):
    """Takes what libraries log over to our lines."""

    def emit(self, record: logging.LogRecord) -> None:
        logger(library=record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def logger(**fields: Any) -> Logger:
    """A logger with `fields` on every line."""
    bound: Logger = structlog.get_logger(**fields)
    return bound
