"""``python -m bench.agent_memory idle|large FOLDER PORT``: the memory of the agent, in bytes.

``idle``: everything that its ``run`` opens, before the first job. ``large``: the same, and one
object received by C-STORE; its sender is told on a first line that the port listens.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from agent import running
from agent.cloud.door import open_client
from agent.config.model import AgentConfig, Caller, Cloud, Dimse, Identity, Listener
from agent.config.secret_files import client_tls, public_anchors
from agent.pacs.opening import open_archive
from functions.drimbox.oid import Uid

OURS: Final = "DRIMBOX"
SENDER: Final = "SENDER"
OBJECT: Final = Uid("1.2.250.9.5.1.1")
# The whole code of the agent is a part of its memory.
PARTS: Final = (running,)


def config(home: Path, port: int) -> AgentConfig:
    """The file of an agent that listens at that port of this machine."""
    local = (ip_network("127.0.0.0/8"),)
    return AgentConfig(
        tenant="bench",
        folder=home / "memory",
        cloud=Cloud("https://127.0.0.1", Identity(home, home)),
        pacs=Dimse("127.0.0.1", 1, "ARCHIVE", OURS),
        listener=Listener("127.0.0.1", port, (Caller(SENDER, local),)),
    )


def opened_clients() -> list[httpx.Client]:
    """The clients of ``in`` and of AWS."""
    return [open_client(client_tls(public_anchors(), None), None) for _ in range(2)]


def main(arguments: Sequence[str]) -> int:
    """Tell the memory."""
    kind, home, port = arguments[0], Path(arguments[1]), int(arguments[2])
    clients = opened_clients()
    with open_archive(config(home, port), lambda *_: 0x0122) as archive:
        if kind == "idle":
            time.sleep(1)
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(pages * os.sysconf("SC_PAGE_SIZE"), len(clients))
            return 0
        with TemporaryDirectory(dir=home) as folder:
            assert archive.receiver is not None  # noqa: S101 - this file has a listener
            wanted = frozenset({OBJECT})
            with archive.receiver.expected.expecting(wanted, Path(folder)) as arrivals:
                print("listening", flush=True)
                sizes = [one.stat().st_size for one in arrivals]
        # The process's own: the kernel's rusage begins with the memory of its parent.
        status = Path("/proc/self/status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        print(int(peak) * 1024, sum(sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
