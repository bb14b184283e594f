"""A whole agent on this machine: its file, the cloud, an archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.config.model import AgentConfig
from agent.config.reading import load_config
from simulators.pacs.orthanc import free_port
from tests.agent.local_cloud import LocalCloud, local_cloud
from tests.agent.pacs.scripted import NOTES, OURS, THEIRS, Script


@dataclass
class Site:
    """The parts of a scene; ``file`` is the agent's."""

    cloud: LocalCloud
    script: Script
    file: Path
    pacs_port: int

    @property
    def config(self) -> AgentConfig:
        return load_config(self.file)


@contextmanager
def site(folder: Path, script: Script, *, retrieve: str = "move") -> Iterator[Site]:
    """A site whose archive is ``script``."""
    with ExitStack() as stack:
        cloud = stack.enter_context(local_cloud(folder))
        port = stack.enter_context(script.serving())
        ours_at = free_port()
        script.destination = ("127.0.0.1", ours_at)
        credential = folder / "credential"
        credential.write_text("c" * 43)
        credential.chmod(0o600)
        file = folder / "agent.yaml"
        file.write_text(
            f"""
tenant: demo
folder: {folder}/agent
cloud:
  in_url: {cloud.url}
  certificate: {folder}/agent.pem
  private_key: {folder}/agent.key
  authorities: {folder}/authorities.pem
pacs:
  dimse:
    host: 127.0.0.1
    port: {port}
    ae_title: {THEIRS}
    our_ae_title: {OURS}
    retrieve: {retrieve}
listener:
  address: 127.0.0.1
  port: {ours_at}
  callers: [{{ae_title: {THEIRS}, addresses: [127.0.0.0/8]}}]
notes:
  ae_title: {NOTES}
  url: {cloud.url}/v1/tenants/demo/agents
  credential_file: {credential}
uploads: {{mbit: 1000}}
"""
        )
        yield Site(cloud, script, file, port)
