"""A cloud over TLS that demands the agent's certificate, and the certificates of both."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from functions.drimbox.tls import TlsIdentity
from simulators import pki

RAW = b"MSH|^~\\&|A|B"


def ack(code: str = "AA", control_id: str = "1") -> bytes:
    """The smallest acknowledgement of RAW."""
    return f"MSH|^~\\&|D|d|A|B|||ACK|x|P|2.5\rMSA|{code}|{control_id}\r".encode()


class Server(ThreadingHTTPServer):
    """Acknowledges every message, and counts them."""

    daemon_threads = True
    requests = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Write nothing: a refused handshake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(ack())))
        self.end_headers()
        self.wfile.write(ack())

    def log_message(self, *_: object) -> None:
        """Write nothing."""


class Pki:
    """An authority, a server's certificate and the agent's, in the files of a folder."""

    def __init__(self, folder: Path) -> None:
        now = datetime.now(UTC)
        authority = pki.Authority.create(now)
        self.root = authority.root.certificate_pem
        server = authority.issue("CN=in", pki.SERVER, now, hosts=("127.0.0.1", "localhost"))
        agent = authority.issue("CN=agent", pki.CLIENT, now)
        self.agent = TlsIdentity(agent.certificate_pem, agent.key_pem)
        self.ca, self.agent_file = folder / "ca.pem", folder / "agent.pem"
        self._server_file = folder / "server.pem"
        self.ca.write_text(self.root)
        self.agent_file.write_text(agent.key_pem + agent.certificate_pem)
        self._server_file.write_text(server.key_pem + server.certificate_pem)

    @contextmanager
    def server(self) -> Iterator[Server]:
        """The cloud, for the time of the block."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=self.root)
        context.load_cert_chain(self._server_file)
        context.verify_mode = ssl.CERT_REQUIRED
        server = Server(("127.0.0.1", 0), _Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
