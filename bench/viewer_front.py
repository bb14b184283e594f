"""nginx before the viewer's host, the bucket and the peer, with a local authority's certificate.

Pages and peer speak HTTP/2, the bucket HTTP/1.1 as S3 does. Both viewers' files come in brotli.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.figures import NotMeasured
from bench.nginx import await_answer
from simulators.pacs.orthanc import free_port
from simulators.peer.front import find_nginx
from simulators.pki import SERVER, Authority

#: The hosts, as the browser names them.
PAGES, BUCKET, PEER = "viewer.bench.example", "images.bench.example", "ohif.bench.example"
HOSTS: Final = (PAGES, BUCKET, PEER)
_SEPARATOR: Final = "\t"


@dataclass(frozen=True, slots=True)
class Behind:
    """The applications behind nginx: base URLs, folders, and the peer's Authorization header."""

    pages: str
    built: Path
    bucket: Path
    peer: str
    peer_files: Path
    peer_authorization: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests that were answered, and the bytes of both directions, by host."""

    requests: Counter[str]
    received: Counter[str]

    @property
    def calls(self) -> int:
        """All requests."""
        return self.requests.total()

    @property
    def bytes(self) -> int:
        """All bytes."""
        return self.received.total()


@dataclass(frozen=True, slots=True)
class Front:
    """The running nginx: the port of each host, and the file of its requests."""

    ports: Mapping[str, int]
    log: Path

    def mark(self) -> int:
        """A place in the record of requests."""
        return self.log.stat().st_size

    def since(self, mark: int) -> Traffic:
        """Everything that was answered since ``mark``, also what the browser gave up."""
        requests: Counter[str] = Counter()
        received: Counter[str] = Counter()
        with self.log.open() as file:
            file.seek(mark)
            for line in file:
                host, _, sent, asked = line.rstrip("\n").split(_SEPARATOR)
                requests[host] += 1
                received[host] += int(sent) + int(asked)
        return Traffic(requests, received)


@contextmanager
def fronting(behind: Behind, home: Path) -> Iterator[Front]:
    """nginx with one worker before ``behind``. NotMeasured when it is missing or does not start."""
    found = find_nginx()
    if found is None:
        raise NotMeasured("nginx is not installed (Debian: nginx-light)")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    certify(home)
    ports = {host: free_port() for host in HOSTS}
    path, log = home / "nginx.conf", home / "requests"
    path.write_text(configuration(behind, home, ports))
    process = subprocess.Popen(
        [str(found), "-p", str(home), "-e", str(home / "error.log"), "-c", str(path)],
        stdin=subprocess.DEVNULL,
    )
    try:
        await_answer(f"https://127.0.0.1:{ports[PAGES]}/", process, home)
        yield Front(ports, log)
    finally:
        process.terminate()
        process.wait()


def certify(home: Path) -> None:
    """``server.pem`` (the certificate, then its authority), ``server.key`` and ``ca.pem``."""
    now = datetime.now(UTC)
    authority = Authority.create(now)
    server = authority.issue("CN=bench.example", SERVER, now, hosts=HOSTS)
    (home / "ca.pem").write_text(authority.root.certificate_pem)
    (home / "server.pem").write_text(server.certificate_pem + authority.root.certificate_pem)
    (home / "server.key").write_text(server.key_pem)
    (home / "server.key").chmod(0o600)


def configuration(behind: Behind, home: Path, ports: Mapping[str, int]) -> str:
    """The whole of nginx.conf."""
    return _CONFIGURATION.format(
        user="user root;" if os.geteuid() == 0 else "",
        home=home,
        pages=PAGES,
        bucket=BUCKET,
        peer=PEER,
        pages_port=ports[PAGES],
        bucket_port=ports[BUCKET],
        peer_port=ports[PEER],
        pages_at=behind.pages,
        built=behind.built.resolve(),
        objects=behind.bucket.resolve(),
        peer_at=behind.peer,
        peer_files=behind.peer_files.resolve(),
        peer_authorization=behind.peer_authorization,
    )


# "/pause" answers after the time that S3 takes: nginx itself cannot wait.
_CONFIGURATION: Final = r"""
{user}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format counted "$server_name\t$uri\t$bytes_sent\t$request_length";
  access_log {home}/requests counted;
  server_tokens off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 100000;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  client_max_body_size 512m;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  ssl_certificate {home}/server.pem;
  ssl_certificate_key {home}/server.key;
  ssl_protocols TLSv1.3;
  gzip on;
  gzip_comp_level 6;
  gzip_types application/json application/dicom+json;
  gzip_proxied any;
  upstream pages {{ server {pages_at}; keepalive 16; }}
  upstream peer {{ server {peer_at}; keepalive 32; }}
  types {{ }}
  default_type "";
  map $ext $kind {{
    js "text/javascript; charset=utf-8";
    css "text/css; charset=utf-8";
    wasm "application/wasm";
    json "application/json";
    svg "image/svg+xml";
    png "image/png";
    woff2 "font/woff2";
    default "text/html; charset=utf-8";
  }}
  map $ext $worker {{
    js "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
    default "";
  }}
  server {{
    listen 127.0.0.1:{pages_port} ssl http2;
    server_name {pages};
    location ~ ^/assets/words- {{ proxy_pass http://pages; }}
    location ~ ^/assets/(?<name>[^/]+\.(?<ext>js|css|wasm))$ {{
      alias {built}/$name.br;
      add_header Content-Type $kind;
      add_header Content-Encoding br;
      add_header Cache-Control "public, max-age=31536000, immutable";
      add_header Content-Security-Policy $worker;
    }}
    location / {{ proxy_pass http://pages; }}
  }}
  server {{
    listen 127.0.0.1:{bucket_port} ssl;
    server_name {bucket};
    root {objects};
    location / {{
      auth_request /pause;
      add_header Content-Type application/octet-stream;
      add_header Access-Control-Allow-Origin https://{pages} always;
    }}
    location = /pause {{ internal; proxy_pass http://pages; proxy_pass_request_body off; }}
  }}
  server {{
    listen 127.0.0.1:{peer_port} ssl http2;
    server_name {peer};
    root {peer_files};
    add_header Cross-Origin-Opener-Policy same-origin;
    add_header Cross-Origin-Embedder-Policy require-corp;
    location ~ ^/.+\.(?<ext>js|css|wasm|json|svg)$ {{
      try_files $uri.br =404;
      add_header Content-Type $kind;
      add_header Content-Encoding br;
      add_header Cache-Control "public, max-age=31536000, immutable";
      add_header Cross-Origin-Opener-Policy same-origin;
      add_header Cross-Origin-Embedder-Policy require-corp;
    }}
    location ~ ^/.+\.(?<ext>png|woff2)$ {{
      add_header Content-Type $kind;
      add_header Cache-Control "public, max-age=31536000, immutable";
    }}
    location /dicom-web/ {{
      proxy_set_header Authorization "{peer_authorization}";
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_pass http://peer;
    }}
    location / {{
      try_files /index.html =404;
      add_header Content-Type "text/html; charset=utf-8";
      add_header Cross-Origin-Opener-Policy same-origin;
      add_header Cross-Origin-Embedder-Policy require-corp;
    }}
  }}
}}
"""
