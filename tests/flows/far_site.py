"""A site that nobody outside reaches: its agent, as a program of its own, beside the PACS."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from infra.demo.layout import ROOT
from simulators.pacs.orthanc import free_port
from simulators.pki import CLIENT, load_authority
from tests.agent.scenes import Peer
from tests.flows.neighbours import FAR, FAR_AGENT, FAR_SENDER
from tests.flows.stack import PATIENCE, LocalStack, wait_for


@dataclass
class FarSite:
    """The site; ``mllp`` is the port at which its RIS speaks to the agent."""

    stack: LocalStack
    file: Path
    mllp: int
    log: IO[str]
    process: subprocess.Popen[str] | None = None

    @property
    def told(self) -> str:
        """The log of the agent's lives."""
        return Path(self.log.name).read_text()

    def start(self) -> None:
        """Begin a life of the agent, until it takes messages."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent", "run", "--config", str(self.file)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            text=True,
        )
        wait_for(self._listens, PATIENCE, "the agent's start", lambda: self.told)

    def _listens(self) -> bool:
        try:
            with Peer(self.mllp):
                return True
        except ConnectionError:
            return False

    def check(self) -> str:
        """The words of the agent\'s check, in English."""
        command = [sys.executable, "-m", "agent", "check", "--language", "en"]
        done = subprocess.run(
            [*command, "--config", str(self.file)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout + done.stderr

    def stop(self) -> None:
        """End the agent in peace."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.told

    def send(self, raw: bytes) -> bytes:
        """The RIS sends a message over MLLP; the acknowledgement."""
        with Peer(self.mllp, seconds=30) as ris:
            return ris.ask(raw)


@contextmanager
def far_site(stack: LocalStack, folder: Path) -> Iterator[FarSite]:
    """The site, whose agent is not started yet."""
    issued = load_authority(stack.layout.pki).issue(FAR_AGENT, CLIENT, datetime.now(UTC))
    (folder / "agent.pem").write_text(issued.certificate_pem)
    key = folder / "agent.key"
    key.touch(mode=0o600)
    key.write_text(issued.key_pem)
    mllp, status = free_port(), free_port()
    file = folder / "agent.yaml"
    file.write_text(
        f"""
tenant: {FAR}
folder: {folder}/data
cloud:
  in_url: {stack.endpoints["in"]}
  certificate: {folder}/agent.pem
  private_key: {folder}/agent.key
  authorities: {stack.layout.pki}/ca.pem
pacs:
  dicomweb: {{url: "{stack.endpoints["pacs"]}"}}
messages:
  time_zone: Europe/Paris
  listeners:
    - name: ris
      address: 127.0.0.1
      port: {mllp}
      addresses: [127.0.0.0/8]
      senders: ["{"|".join(FAR_SENDER)}"]
status_port: {status}
"""
    )
    with (folder / "agent.log").open("a") as log:
        made = FarSite(stack, file, mllp, log)
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.process.kill()
                made.process.wait()


def listening(pid: int) -> set[str]:
    """The local addresses (hex) at which a process listens (proc(5), ``/proc/net/tcp``)."""
    sockets = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        sockets.add(str(one.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].partition(":")[0])
    return found
