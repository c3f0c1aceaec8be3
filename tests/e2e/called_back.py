"""Who is told of what happens: a customer's address that keeps the forms it gets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from urllib.parse import parse_qsl


class CalledBack:
    """An HTTP server of the test's own; `url` is for a StatusCallback."""

    def __init__(self, server: HTTPServer, forms: "Queue[dict[str, str]]") -> None:
        self.url = f"http://127.0.0.1:{server.server_port}/told"
        self._forms = forms

    def form(self, seconds: float = 10.0) -> dict[str, str]:
        """The next form that comes."""
        return self._forms.get(timeout=seconds)

    @property
    def is_quiet(self) -> bool:
        return self._forms.empty()


@contextmanager
def called_back() -> Iterator[CalledBack]:
    forms: Queue[dict[str, str]] = Queue()

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            forms.put(dict(parse_qsl(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Nothing on stderr."""

    server = HTTPServer(("127.0.0.1", 0), Told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield CalledBack(server, forms)
    finally:
        server.shutdown()
        server.server_close()
