"""nginx in front of the sites: TLS, the consumer's certificate, and the way to real DRIMboxes.

A caller without a listed certificate gets no images (the health check and the simulator's control
ask for none). Where a real DRIMbox answers with a redirect to a signed URL, the front follows it
itself and sends the bytes: no consumer has to follow a redirect, and no token travels with one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_PLACES: Final = ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/bin/nginx")
_PR_SET_PDEATHSIG: Final = 1


class NoFront(RuntimeError):
    """nginx is not there, or does not start; the message says which."""


@dataclass(frozen=True, slots=True)
class Real:
    """A real DRIMbox behind a site: the base of its DICOMweb service, and where its redirects may
    lead (the beginning of a URL; "" for nowhere)."""

    base: str
    redirects_to: str = ""


@dataclass(frozen=True, slots=True)
class Front:
    """``authority`` is the PEM file of the authorities of clients and of real DRIMboxes;
    ``subjects`` are the listed consumers' (RFC 4514), as OpenSSL writes them (RFC 2253).
    """

    host: str
    port: int
    certificate: Path
    key: Path
    authority: Path
    subjects: tuple[str, ...]
    application: Path
    real: Mapping[str, Real] = field(default_factory=dict)

    def configuration(self, home: Path) -> str:
        """The whole of nginx.conf; its files are in ``home``."""
        listed = "".join(f'    "{_quoted(subject)}" 1;\n' for subject in self.subjects)
        redirects = {real.redirects_to for real in self.real.values() if real.redirects_to}
        followed = "".join(
            f'    "~^{_escaped(one)}/" $upstream_http_location;\n' for one in redirects
        )
        return _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            home=home,
            listed=listed,
            followed=followed,
            listen=f"{self.host}:{self.port}",
            certificate=self.certificate,
            key=self.key,
            authority=self.authority,
            application=self.application,
            sites="".join(
                _SITE.format(
                    site=site,
                    base=_base(real.base),
                    path=_path(real.base),
                    authority=self.authority,
                    name=_name(real.base),
                )
                for site, real in self.real.items()
            ),
        )


def find_nginx() -> Path | None:
    """The nginx server, None when it is not installed (Debian: nginx-light)."""
    found = shutil.which("nginx") or next((p for p in _PLACES if Path(p).is_file()), None)
    return Path(found) if found else None


def start(front: Front, home: Path) -> subprocess.Popen[bytes]:
    """nginx, which ends with this process. NoFront when it is not installed."""
    found = find_nginx()
    if found is None:
        raise NoFront("nginx is not installed (Debian: nginx-light)")
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "nginx.conf"
    configuration.write_text(front.configuration(home.resolve()))
    log = str(home / "error.log")
    return subprocess.Popen(
        [found, "-p", str(home), "-e", log, "-c", str(configuration.resolve())],
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # called before any thread exists
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _escaped(text: str) -> str:
    """The beginning of a URL as a regular expression."""
    return text.rstrip("/").replace(".", r"\.")


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _name(url: str) -> str:
    """The name that the DRIMbox's certificate must have: nginx compares no IP addresses."""
    host = urlsplit(url).hostname or ""
    return "localhost" if host == "127.0.0.1" else host


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")


_CONFIGURATION: Final = r"""
{user}
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  server_tokens off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  map_hash_bucket_size 512;
  map $ssl_client_s_dn $listed {{
    default 0;
{listed}  }}
  # Where a redirect of a real DRIMbox may be followed to; nowhere else.
  map $upstream_http_location $followed {{
    default "";
{followed}  }}
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_read_timeout 700s;
  client_max_body_size 64k;
  server {{
    listen {listen} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_client_certificate {authority};
    ssl_verify_client optional;
    proxy_set_header X-Client-Subject $ssl_client_s_dn;
    proxy_set_header Host site;
    location / {{
      proxy_pass http://unix:{application}:;
    }}
    location ~ ^/[a-z0-9-]+/rs/studies/ {{
      if ($listed = 0) {{ return 403; }}
      proxy_pass http://unix:{application}:;
    }}
{sites}    location @follow {{
      internal;
      set $signed $followed;
      proxy_method GET;
      proxy_set_header Authorization "";
      proxy_set_header KOS-SOPInstanceUID "";
      proxy_set_header Accept "*/*";
      proxy_pass $signed;
    }}
  }}
}}
"""
_SITE: Final = r"""    location @{site} {{
      rewrite ^/{site}/rs(.*)$ {path}$1 break;
      proxy_set_header Host $proxy_host;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {authority};
      proxy_ssl_name {name};
      proxy_pass {base};
      proxy_intercept_errors on;
      error_page 307 = @follow;
    }}
"""
