"""nginx.conf of the front for peers (decision 0102).

The front ends TLS with the peers, looks at the certificate that one shows, asks ``db``, and follows
the redirect to a signed URL itself: the peer gets one answer with the whole body, and no token
leaves for another host. It reads no image, keeps nothing on a disk and logs no path. Studies go by
the streamer (``front.serve``), which writes one of several series under one boundary.

It speaks HTTP/1.1 alone, in both directions: one request has one reading.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from functions.drimbox.images import joining
from functions.drimbox.peers.calling_peer import HEADER
from functions.drimbox.wording.refusals import GATEWAY_TITLES, TITLES

PROBLEM: Final = "application/problem+json"
# Sockets in the home of the front: its streamer, and the listener by which that asks the API.
STREAMER_SOCKET: Final = "streamer.sock"
API_SOCKET: Final = "api.sock"
# Status and code of the front's own refusals, as API Gateway's (``infra.shared.refusals``).
REFUSALS: Final = {
    400: "bad_request",
    408: "timeout",
    413: "too_large",
    414: "bad_request",
    429: "too_many_requests",
    431: "bad_request",
    502: "internal_error",
    503: "storage_unavailable",
    504: "timeout",
}
# nginx's own statuses around a certificate that it refuses (ngx_http_ssl_module): a request that
# cannot be made is 400 to everybody else.
_OF_TLS: Final = (494, 495, 496, 497)
# Answers of S3 to a signed URL that ended, or to an object that is gone meanwhile: asked again, the
# peer gets another address. Its bodies are XML and name the bucket.
_OF_S3: Final = (400, 401, 403, 404, 405, 500, 501, 502, 503, 504)
_LATER: Final = frozenset({429, 502, 503, 504})
# Seconds.
_AGAIN: Final = 5
# Of TLS 1.2 (ANSSI, recommendations for TLS): forward secrecy, authenticated encryption.
_CIPHERS: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
_BASE: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_WORD: Final = re.compile(r"[A-Za-z0-9_./:-]+")


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of one end: its certificate chain and key, and the authorities of the other end."""

    certificate: Path
    key: Path
    authorities: Path


@dataclass(frozen=True, slots=True)
class Front:
    """One front. ``listen`` is an address and a port.

    ``peers``: our server certificate, and the authorities of peers; ``revoked``: the revocation
    lists of all of these, None where none is looked at. ``api``: the base of ``db`` behind the
    front, ``api_name`` the name in its certificate, and ``to_api`` the certificate that it demands
    of the front. ``signed``: the bases to which a redirect may be followed; ``storage``: their
    authorities. ``resolver``: addresses of DNS servers, "" where no name is to be resolved.
    ``addresses``: how many requests one address may have under way; ``patience``: seconds for
    the head of a request. ``home``: a folder for the process's own files and for the sockets of the
    streamer; ``user``, that of nginx's workers ("": nginx's own choice), opens them.

    ValueError for a base or a word that could be more than that in a configuration.
    """

    listen: str
    peers: Tls
    api: str
    api_name: str
    to_api: Tls
    signed: tuple[str, ...]
    storage: Path
    home: Path
    revoked: Path | None = None
    resolver: str = ""
    addresses: int = 100
    patience: int = 10
    workers: int = 1
    connections: int = 16_384
    user: str = ""

    def __post_init__(self) -> None:
        for base in (self.api, *self.signed):
            if not _BASE.fullmatch(base):
                raise ValueError("not the base of a host")
        words = (self.listen, self.api_name, *self.resolver.split(), *self.user.split())
        for word in (*words, *map(str, self._files())):
            if not _WORD.fullmatch(word):
                raise ValueError("not a word of a configuration")

    def _files(self) -> tuple[Path, ...]:
        ends = (self.peers, self.to_api)
        files = [file for end in ends for file in (end.certificate, end.key, end.authorities)]
        return (*files, self.storage, self.home, *([self.revoked] if self.revoked else []))

    def text(self) -> str:
        """The whole configuration."""
        followed = "".join(
            f'    "~^{re.escape(base)}/[!-~]*$" $upstream_http_location;\n' for base in self.signed
        )
        return _CONFIGURATION.format(
            workers=self.workers,
            connections=self.connections,
            files=2 * self.connections + 64,
            home=self.home,
            user=f"user {self.user};\n" if self.user else "",
            followed=followed,
            resolver=f"resolver {self.resolver} valid=10s ipv6=off;" if self.resolver else "",
            listen=self.listen,
            addresses=self.addresses,
            patience=self.patience,
            peers=self.peers,
            ciphers=":".join(_CIPHERS),
            crl=f"ssl_crl {self.revoked};" if self.revoked else "",
            api=self.api,
            api_name=self.api_name,
            to_api=self.to_api,
            storage=self.storage,
            header=HEADER,
            join=joining.HEADER,
            streamer=self.home / STREAMER_SOCKET,
            listener=self.home / API_SOCKET,
            of_tls=" ".join(map(str, _OF_TLS)),
            of_s3=" ".join(map(str, _OF_S3)),
            refusals="".join(_refusal(status, code) for status, code in REFUSALS.items()),
            errors="".join(f"    error_page {one} /_refusal/{one};\n" for one in REFUSALS),
        )


def _refusal(status: int, code: str) -> str:
    """A location that answers a problem (RFC 9457), in the gateway's words."""
    title = TITLES.get(status) or GATEWAY_TITLES.get(status) or TITLES[400]
    body = json.dumps(
        {
            "type": "about:blank",
            "status": status,
            "code": code,
            "title": title.fr,
            "title_en": title.en,
        },
        ensure_ascii=True,
    )
    later = status in _LATER
    again = f'      add_header Retry-After "{_AGAIN}" always;\n' if later else ""
    return _REFUSAL.format(
        status=status, body=body.replace("'", "\\u0027"), again=again, problem=PROBLEM
    )


_CONFIGURATION: Final = r"""# Written by front: changes here are lost.
daemon off;
{user}worker_processes {workers};
worker_rlimit_nofile {files};
pid {home}/nginx.pid;
# Below that, a line may quote a request.
error_log stderr emerg;
events {{ worker_connections {connections}; }}
http {{
  # Neither a path, which names an exam, nor a header: not a token.
  log_format calls escape=json '{{"time":"$time_iso8601","status":$status,"bytes":$body_bytes_sent,'
    '"seconds":$request_time,"method":"$request_method","tls":"$ssl_protocol",'
    '"certificate":"$ssl_client_verify","connection":$connection}}';
  access_log /dev/stdout calls;
  server_tokens off;
  default_type application/octet-stream;
  types {{ }}

  # A peer that sends or reads nothing is left.
  client_header_timeout {patience}s;
  client_body_timeout 15s;
  send_timeout 60s;
  keepalive_timeout 30s;
  keepalive_requests 1000;
  reset_timedout_connection on;
  client_header_buffer_size 4k;
  large_client_header_buffers 8 16k;
  client_max_body_size 10m;
  client_body_temp_path {home}/bodies;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  limit_conn_zone $binary_remote_addr zone=addresses:10m;
  limit_conn addresses {addresses};
  limit_conn_status 429;

  # A redirect is followed to the images' storage, and nowhere else.
  map_hash_bucket_size 512;
  map $upstream_http_location $followed {{
    default "";
{followed}  }}
  # A study that is read goes by the streamer; a note that is stored there does not.
  upstream streamer {{
    server unix:{streamer};
    keepalive 32;
  }}
  map "$request_method $uri" $asked {{
    default {api};
    "~^(GET|HEAD) /tenants/[^/]+/dicomweb/studies/[^/]+/?$" http://streamer;
  }}
  {resolver}
  proxy_headers_hash_bucket_size 128;
  proxy_http_version 1.1;
  # One read of so much at a time, which goes out before the next one: with nginx's own 8 kB a
  # series costs twice the CPU.
  proxy_buffering off;
  proxy_buffer_size 128k;
  proxy_buffers 4 128k;
  proxy_busy_buffers_size 256k;
  proxy_max_temp_file_size 0;
  proxy_connect_timeout 5s;
  proxy_read_timeout 35s;
  proxy_ssl_protocols TLSv1.2 TLSv1.3;
  proxy_ssl_verify on;
  proxy_ssl_verify_depth 4;
  proxy_ssl_server_name on;

  server {{
    listen {listen} ssl;
    ssl_certificate {peers.certificate};
    ssl_certificate_key {peers.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {ciphers};
    ssl_prefer_server_ciphers on;
    ssl_ecdh_curve X25519:P-256:P-384;
    ssl_session_cache shared:peers:10m;
    ssl_session_timeout 10m;
    ssl_session_tickets off;
    # Shown or not; one that is shown must be good.
    ssl_client_certificate {peers.authorities};
    ssl_verify_client optional;
    ssl_verify_depth 4;
    {crl}
    error_page {of_tls} =400 /_refusal/400;
{errors}
    location / {{
      proxy_set_header Host {api_name};
      proxy_set_header Connection "";
      proxy_set_header {header} $ssl_client_escaped_cert;
      proxy_set_header {join} "";
      proxy_ssl_name {api_name};
      proxy_ssl_certificate {to_api.certificate};
      proxy_ssl_certificate_key {to_api.key};
      proxy_ssl_trusted_certificate {to_api.authorities};
      proxy_pass $asked;
      proxy_intercept_errors on;
      recursive_error_pages on;
      error_page 307 = @follow;
      # The API says the same of these, with the same code; its other refusals go on as they are.
      error_page 413 /_refusal/413;
      error_page 429 /_refusal/429;
      error_page 502 /_refusal/502;
      error_page 504 /_refusal/504;
    }}
    location @follow {{
      internal;
      recursive_error_pages on;
      if ($followed = "") {{ return 421; }}
      # Nothing of the request leaves for another host but the part of the body that is wanted.
      proxy_pass_request_headers off;
      proxy_pass_request_body off;
      proxy_set_header Host $proxy_host;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header Range $http_range;
      proxy_set_header If-Range $http_if_range;
      proxy_set_header Accept-Encoding identity;
      proxy_hide_header x-amz-id-2;
      proxy_hide_header x-amz-request-id;
      proxy_hide_header x-amz-version-id;
      proxy_hide_header x-amz-server-side-encryption;
      proxy_hide_header x-amz-server-side-encryption-aws-kms-key-id;
      proxy_hide_header x-amz-server-side-encryption-bucket-key-enabled;
      proxy_hide_header x-amz-expiration;
      proxy_hide_header Set-Cookie;
      proxy_ssl_trusted_certificate {storage};
      proxy_pass $followed;
      proxy_intercept_errors on;
      error_page 421 =502 /_refusal/502;
      error_page {of_s3} =503 /_refusal/503;
      add_header Cache-Control "no-store" always;
      add_header X-Content-Type-Options "nosniff" always;
      add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
    }}
{refusals}  }}

  # The streamer asks the API here, with the headers that it got: nobody else reaches the socket.
  server {{
    listen unix:{listener};
    access_log off;
    location / {{
      set $api {api};
      proxy_set_header Host {api_name};
      proxy_set_header Connection "";
      proxy_ssl_name {api_name};
      proxy_ssl_certificate {to_api.certificate};
      proxy_ssl_certificate_key {to_api.key};
      proxy_ssl_trusted_certificate {to_api.authorities};
      proxy_pass $api;
    }}
  }}
}}
"""
_REFUSAL: Final = r"""    location = /_refusal/{status} {{
      internal;
      default_type {problem};
      add_header Cache-Control "no-store" always;
      add_header X-Content-Type-Options "nosniff" always;
      add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
{again}      return {status} '{body}';
    }}
"""
