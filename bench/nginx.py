"""nginx serving one folder, as the upper limit of this machine's sending."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.figures import NotMeasured
from simulators.pacs.orthanc import free_port
from simulators.pki import Issued

_PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx")
_CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{ listen 127.0.0.1:{port}{more}; root {files}; {rules} }}
}}
"""
_TLS_RULES = """
    ssl_certificate {home}/server.pem;
    ssl_certificate_key {home}/server.pem;
    types {{}} default_type '{content_type}';
    location / {{ try_files $uri.multipart =404; }}
"""


@dataclass(frozen=True)
class Tls:
    """TLS with that certificate; each path is answered with its file ``.multipart``."""

    issued: Issued
    content_type: str


@contextmanager
def serving(files: Path, home: Path, tls: Tls | None = None) -> Iterator[str]:
    """nginx with one worker and sendfile, over ``files``; its base URL. NotMeasured without it."""
    found = shutil.which("nginx") or next((p for p in _PLACES if Path(p).is_file()), None)
    if found is None:
        raise NotMeasured("nginx is not installed (Debian: nginx-light)")
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    configuration = home / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    rules = ""
    if tls is not None:
        (home / "server.pem").write_text(tls.issued.certificate_pem + tls.issued.key_pem)
        rules = _TLS_RULES.format(home=home.resolve(), content_type=tls.content_type)
    configuration.write_text(
        _CONFIGURATION.format(
            user=user,
            home=home,
            port=port,
            files=files.resolve(),
            more=" ssl" if tls else "",
            rules=rules,
        )
    )
    process = subprocess.Popen(
        [found, "-p", str(home), "-e", str(home / "error.log"), "-c", str(configuration)],
        stdin=subprocess.DEVNULL,
    )
    try:
        base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        await_answer(base, process, home)
        yield base
    finally:
        process.terminate()
        process.wait()


def await_answer(base: str, process: subprocess.Popen[bytes], home: Path) -> None:
    """Wait until nginx answers at ``base``; NotMeasured when it ends or is silent for 10 s."""
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        try:
            httpx.get(base, trust_env=False, verify=False)  # noqa: S501  # a look at the port
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise NotMeasured(f"nginx does not start, see {home / 'error.log'}")
