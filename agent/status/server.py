"""The status page and its JSON over HTTP, on this machine's own address alone.

A page of another site in a browser of this machine must not read it: a request for another host
name than this machine's own is refused (DNS rebinding), and no answer permits another origin.
"""

from __future__ import annotations

import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from agent.status.page import status_page
from functions.drimbox.accept import prefer_language
from functions.drimbox.pages.check.answer import HTML, JSON, page_headers
from functions.drimbox.wording.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOST: Final = "127.0.0.1"
_OWN: Final = frozenset({HOST, "localhost"})
# Seconds that one reader may take.
_PATIENCE: Final = 10.0
_ALWAYS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class StatusServer:
    """Serves ``facts()`` at ``/`` (a page) and ``/status.json``, in threads of its own."""

    def __init__(self, port: int, facts: Callable[[], Mapping[str, Any]]) -> None:
        """Raises OSError where the port is taken; 0 is any free one."""

        class Handler(_Handler):
            read = staticmethod(facts)

        self._server = _Server((HOST, port), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True, name="status")

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End; the port is free then."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A second agent on this machine must hear that the port is taken.
    allow_reuse_address = os.name == "posix"

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Write nothing: a reader that has left, or facts that do not come in time."""


class _Handler(BaseHTTPRequestHandler):
    read: Callable[[], Mapping[str, Any]]
    timeout = _PATIENCE
    server_version = "drimbox-agent"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one request."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in _OWN:
            self._say(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"", {})
        elif self.path == "/status.json":
            body = json.dumps(self.read(), ensure_ascii=False).encode()
            self._say(HTTPStatus.OK, JSON, body, {})
        elif self.path == "/":
            language = prefer_language(self.headers.get_all("Accept-Language") or [], LANGUAGES)
            page = status_page(self.read(), language)
            self._say(HTTPStatus.OK, f"{HTML}; charset=utf-8", page, page_headers(language))
        else:
            self._say(HTTPStatus.NOT_FOUND, "text/plain", b"", {})

    def _say(
        self, status: HTTPStatus, content_type: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        self.send_response(status)
        for name, value in {**_ALWAYS, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its base's name
        """Write no line for a request."""
