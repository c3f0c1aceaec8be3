"""The border of the API: request ids, body limit, Twilio's error bodies, and the one bulkhead."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trunkline.kit.ids import IdSource
from trunkline.kit.instant import Instant
from trunkline.platform.setting.log import logger
from trunkline.platform.store.audit import nobody_yet
from trunkline.platform.store.errors import StoreUnavailable
from trunkline.service.control.api.header import is_preflight, mark
from trunkline.service.control.provisioning.refusal import NotFound, Refusal

LARGEST_BODY: Final = 65_536
"""Octets. The largest documented body, a call with 4000 characters of TwiML, is far below it."""
LARGEST_SHEET: Final = 8 * 1024 * 1024
SHEETS: Final = frozenset({"/operator/v1/Tariffs/Import"})
"""Where the operator sends whole sheets."""

_MORE_INFO: Final = "https://www.twilio.com/docs/errors/"
_METHODS: Final = ("GET", "POST", "DELETE")
_log = logger(room="control.api")


def error_response(code: int, message: str, status: int, details: object = None) -> JSONResponse:
    """`{code, message, more_info, status}` (rest.md 1.5), never with `type` and `title`: SDKs would read RFC 9457."""
    body: dict[str, object] = {
        "code": code,
        "message": message,
        "more_info": f"{_MORE_INFO}{code}",
        "status": status,
    }
    if details:
        body["details"] = details
    headers = {"X-Twilio-Error-Code": str(code)}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if status == 429:
        headers["Retry-After"] = "1"
    return JSONResponse(body, status, headers)


def _on_refusal(request: Request, refusal: Exception) -> JSONResponse:
    if isinstance(refusal, NotFound):
        return _not_found(request)
    if not isinstance(refusal, Refusal):
        raise refusal
    return error_response(refusal.code, refusal.message, refusal.status, refusal.details)


def _on_http_exception(request: Request, fault: Exception) -> JSONResponse:
    """What the framework refuses by itself: no such path, no such method, a body it cannot read."""
    if not isinstance(fault, HTTPException):
        raise fault
    if fault.status_code == 404:
        return _not_found(request)
    if fault.status_code == 405:
        answer = error_response(20004, f"Method {request.method} is not allowed on this resource", 405)
        answer.headers["Allow"] = ", ".join(_methods_of(request))
        return answer
    return error_response(20001, str(fault.detail), fault.status_code)


def _methods_of(request: Request) -> list[str]:
    """What is served at the path (RFC 9110 section 15.5.6)."""

    def is_served(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)

    return [method for method in _METHODS if is_served(method)]


def _on_validation_error(_request: Request, fault: Exception) -> JSONResponse:
    if not isinstance(fault, RequestValidationError):
        raise fault
    first = fault.errors()[0]
    return error_response(20001, f"Invalid parameter {first['loc'][-1]}: {first['msg']}", 400)


def _not_found(request: Request) -> JSONResponse:
    return error_response(20404, f"The requested resource {request.url.path} was not found", 404)


class BodyTooLarge(Exception):
    """More octets came than are taken there, whatever Content-Length said."""


class Border:
    """Wraps the whole application (pure ASGI, so that nothing buffers between us and the socket)."""

    def __init__(self, app: ASGIApp, ids: IdSource, now: Callable[[], Instant]) -> None:
        self._app = app
        self._ids = ids
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(scope, send, self._ids.sid("RQ"), self._now).run(self._app, receive)


class _Exchange:
    """One request on its way through: what has been received and whether the answer has begun."""

    def __init__(self, scope: Scope, send: Send, request_id: str, now: Callable[[], Instant]) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._now = now
        self._began = now()
        self._octets = 0
        self._most = LARGEST_SHEET if scope["path"] in SHEETS else LARGEST_BODY
        self._status = 0

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        async def count() -> Message:
            message = await receive()
            self._octets += len(message.get("body", b""))
            if self._octets > self._most:
                raise BodyTooLarge
            return message

        try:
            if _has_nul(self._scope):
                await self._refuse(20001, "The address contains a NUL character", 400)
            elif is_preflight(self._scope):
                await Response(status_code=204)(self._scope, _nothing, self._answer)
            else:
                with nobody_yet():
                    await app(self._scope, count, self._answer)
        except BodyTooLarge:
            await self._refuse(20001, f"The request body is larger than {self._most} octets", 413)
        except Exception as fault:  # noqa: BLE001 - the bulkhead: one request fails, the process goes on
            await self._fail(fault)
        # Whoever watches over us asks for our health every few seconds.
        tell = _log.debug if self._scope["path"] == "/healthz" else _log.info
        tell(
            "request",
            request_id=self._request_id,
            method=self._scope["method"],
            path=self._scope["path"],
            status=self._status,
            duration_s=round(self._now() - self._began, 4),
        )

    async def _fail(self, fault: Exception) -> None:
        if isinstance(fault, StoreUnavailable):
            _log.warning("database does not answer", request_id=self._request_id, fault=type(fault).__name__)
            await self._refuse(20503, "Service unavailable", 503)
            return
        _log.error("request failed", request_id=self._request_id, exc_info=fault)
        await self._refuse(20500, "Internal server error", 500)

    async def _answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            mark(MutableHeaders(scope=message), self._scope, self._request_id, self._now() - self._began)
        await self._send(message)

    async def _refuse(self, code: int, message: str, status: int) -> None:
        if self._status == 0:
            await error_response(code, message, status)(self._scope, _nothing, self._answer)


def _has_nul(scope: Scope) -> bool:
    """No text column takes it, so nothing that was stored could be meant by it."""
    return "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def guard(app: FastAPI, ids: IdSource, now: Callable[[], Instant]) -> None:
    """Puts the border around `app`."""
    app.add_middleware(Border, ids=ids, now=now)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
