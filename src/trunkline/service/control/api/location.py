"""Where the API is reached: the absolute addresses in v1 answers point back at the host that was asked."""

import re

from starlette.requests import Request

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def host_of(request: Request) -> str:
    """`host:port` as the caller wrote it; the socket's own address when the Host header is unusable."""
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host):
        return host
    server = request.scope.get("server") or ("127.0.0.1", 0)
    return f"{server[0]}:{server[1]}" if server[1] else str(server[0])


def base_url(request: Request) -> str:
    """`http://host:port`."""
    return f"{request.scope.get('scheme', 'http')}://{host_of(request)}"
