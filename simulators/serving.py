"""How a simulator is served: without lines for requests, nor a name of the server."""

from __future__ import annotations

from typing import Any, Final

# Options of uvicorn. Requests under way are given five seconds at the end.
QUIET: Final[dict[str, Any]] = {
    "lifespan": "off",
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 5,
}
