"""Downloads by curl, the same program against every server."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.figures import NotMeasured

_WANTED = "%{http_code} %{size_download} %{time_starttransfer} %{time_total} %{redirect_url}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds from the start of the request; ``size`` in bytes of body."""

    status: int
    size: int
    first_byte: float
    total: float
    location: str


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    authority: Path | None = None,
    output: Path = Path("/dev/null"),
) -> Answer:
    """One GET on a new connection, without following a redirect.

    Headers go in by standard input: a token on a command line is seen by every user.
    NotMeasured when curl is missing or the transfer fails.
    """
    lines = [f'url = "{url}"', f'output = "{output}"', f'write-out = "{_WANTED}"']
    lines += [
        f'header = "{_quoted(f"{name}: {value}")}"' for name, value in (headers or {}).items()
    ]
    if authority is not None:
        lines.append(f'cacert = "{authority}"')
    try:
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--noproxy", "*", "--config", "-"],
            input="\n".join(lines),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise NotMeasured("curl is not installed") from None
    if done.returncode:
        raise NotMeasured(f"a download failed: {done.stderr.strip()}")
    status, size, first, total, *location = done.stdout.split(" ")
    return Answer(int(status), int(size), float(first), float(total), "".join(location))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
