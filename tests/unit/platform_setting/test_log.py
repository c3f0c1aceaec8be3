"""Logs: one JSON object a line, and no secret in any of them (goals, reliability 16)."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from trunkline.kit.secret import Secret
from trunkline.platform.setting.log import logger, redacted_text, start_logging


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("info", "gateway", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _only(lines: io.StringIO) -> dict[str, Any]:
    (line,) = lines.getvalue().splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_line_has_event_level_process_time_and_fields(lines: io.StringIO) -> None:
    logger(call_sid="CA1").info("call released", milliseconds=12)
    line = _only(lines)
    assert (line["event"], line["level"], line["process"]) == ("call released", "info", "gateway")
    assert (line["call_sid"], line["milliseconds"]) == ("CA1", 12)
    assert line["at"].endswith("Z")


def test_lines_below_the_level_are_dropped(lines: io.StringIO) -> None:
    logger().debug("transition")
    assert lines.getvalue() == ""


def test_context_of_the_call_is_on_its_lines(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(call_sid="CA2"):
        logger().info("x")
    assert _only(lines)["call_sid"] == "CA2"


def test_a_line_that_cannot_be_written_harms_nobody(lines: io.StringIO) -> None:
    """Goals, 12: a full disk, or a log reader that has died, costs lines and no calls."""
    with open("/dev/full", "w", buffering=1) as full:
        start_logging("info", "gateway", full)
        for _ in range(3):
            logger().info("call released")
        logging.getLogger("library").warning("of a library")
        with contextlib.suppress(OSError):
            full.close()
    assert lines.getvalue() == ""


SECRET = "Hunter2Hunter2Hunter2"


@pytest.mark.parametrize(
    "fields",
    [
        {"auth_token": SECRET},
        {"Password": SECRET},
        {"value": Secret(SECRET)},
        {"values": [Secret(SECRET), {"inner": Secret(SECRET)}]},
        {"headers": {"Proxy-Authorization": f"Digest {SECRET}"}},
        {"raw": f'INVITE sip:a@b SIP/2.0\r\nProxy-Authorization: Digest response="{SECRET}"\r\n'},
        {"raw": f"INVITE sip:a@b SIP/2.0\r\nauthorization : Digest {SECRET}\r\n".encode()},
        {"sdp": f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET}/abc=|2^20\r\n"},
        {"url": f"https://user:{SECRET}@example.test/hook"},
        {"uri": f"sip:user:{SECRET}@example.test"},
        {"note": f"curl -H 'Basic {SECRET}='"},
        {"url": f"https://{SECRET}@example.test/hook"},
        {"url": f"https://example.test/hook?shop=1&access_token={SECRET}"},
        {"url": f"https://example.test/hook?X-Api-Key={SECRET}#top"},
        {"url": f"https://example.test/hook?h=Bearer%20{SECRET}"},
        {"uri": f"sip:a@example.test;transport=tcp?X-Auth={SECRET}"},
        {"raw": f"INVITE sip:a@b SIP/2.0\r\nX-Auth-Token: {SECRET}\r\n"},
        {"form": f"Username=a&Password={SECRET}&x=1"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_no_secret_passes(lines: io.StringIO, fields: dict[str, Any]) -> None:
    logger().warning("look", **fields)
    assert SECRET not in lines.getvalue()
    assert "***" in lines.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "sip:+12025550100@demo.pstn.example.test",
        "to <a@example.test>",
        "basic idea",
        "token ring",
        "https://example.test/a?shop=1&page=2#key",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redacted_text(text) == text


def test_an_exception_shows_its_place_but_no_local_variable(lines: io.StringIO) -> None:
    def fails(passphrase: str) -> None:
        raise ValueError(f"no such user at {len(passphrase)}, password={passphrase}")

    try:
        fails(SECRET)
    except ValueError:
        logger().exception("failed")
    line = _only(lines)
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert line["exception"][0]["frames"][-1]["name"] == "fails"
    assert SECRET not in lines.getvalue()


def test_libraries_log_the_same_way_from_warning_up(lines: io.StringIO) -> None:
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").warning("slow %s", f"https://u:{SECRET}@example.test")
    line = _only(lines)
    assert (line["library"], line["level"], line["process"]) == ("some.library", "warning", "gateway")
    assert SECRET not in lines.getvalue()
