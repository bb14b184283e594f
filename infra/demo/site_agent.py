"""The agent of a site of the local run: its file, and its enrolment by an operator's code.

The agent is the program that hospitals get, run by its own command line.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from cryptography import x509

from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from infra.demo import operator, tenants
from infra.demo.layout import ROOT, TENANT, Layout
from infra.demo.ris import client
from simulators.pacs.orthanc import find_dicomweb_plugin, find_orthanc

# The titles of PACS and agent, and the agent's for rejection notes.
PACS_AE: Final = "PACS"
AGENT_AE: Final = "DRIMBOX"
NOTES_AE: Final = "DRIMBOXKO"
_UNKNOWN: Final = 404
# Seconds: a command of the agent ends in some.
_PATIENCE: Final = 60.0


class NotEnrolled(Exception):
    """The agent has got no certificate; the message has its own words."""


@dataclass(frozen=True, slots=True)
class SiteAgent:
    """The agent of ``tenant``, which is behind it."""

    layout: Layout
    tenant: str = TENANT

    @property
    def folder(self) -> Path:
        """Everything that the agent keeps."""
        return self.layout.agent

    @property
    def file(self) -> Path:
        """``agent.yaml``."""
        return self.folder / "agent.yaml"

    @property
    def _certificate(self) -> Path:
        return self.folder / "agent.pem"

    @property
    def _key(self) -> Path:
        return self.folder / "agent.key"

    def write(self) -> Path:
        """Write ``agent.yaml``; its path."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        facts = yaml.safe_dump(self._facts(), sort_keys=False, allow_unicode=True)
        self.file.write_text(f"# Written by make run.\n{facts}", "utf-8")
        return self.file

    def is_enrolled(self) -> bool:
        """Whether the gateway knows the certificate that is there: it lasts, and is not removed.

        Raises httpx.HTTPError where the gateway does not answer.
        """
        if not self._key.exists() or not self._lasts():
            return False
        endpoints = {
            **self.layout.endpoints(),
            "agent_cert": str(self._certificate),
            "agent_key": str(self._key),
        }
        with client(endpoints, identity="agent") as http:
            # A beat that says nothing: an agent that is known hears that it is ill-formed.
            answer = http.post(f"{endpoints['in']}/v1/tenants/{self.tenant}/agents/loan", json={})
        return answer.status_code != _UNKNOWN

    def enrol(self) -> None:
        """Have an operator give out a code, and the agent make its key and get its certificate.

        Raises NotEnrolled, NoCode or httpx.HTTPError.
        """
        endpoints = {**self.layout.endpoints(), "tenant": self.tenant}
        code = operator.invite(endpoints, tenants.AGENT)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "agent", "enrol", "--language", "en"),
                *("--config", str(self.file), "--url", endpoints["vi"]),
                *("--tenant", self.tenant, "--code", code),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if done.returncode:
            raise NotEnrolled(f"the agent is not enrolled:\n{done.stdout}{done.stderr}")

    def status(self) -> dict[str, Any]:
        """The agent's own page, as JSON. Raises httpx.HTTPError where the agent does not answer."""
        with httpx.Client(trust_env=False, timeout=5) as http:
            answer = http.get(f"{self.layout.url('agent')}/status.json")
            answer.raise_for_status()
            return dict(answer.json())

    def is_ready(self) -> bool:
        """Whether the agent runs, and the gateway has answered its beat."""
        try:
            return bool(self.status()["work"]["state"] == "there")
        except httpx.HTTPError:
            return False

    def _lasts(self) -> bool:
        try:
            found = x509.load_pem_x509_certificate(self._certificate.read_bytes())
        except (OSError, ValueError):
            return False
        return found.not_valid_after_utc > datetime.now(UTC)

    def _facts(self) -> dict[str, Any]:
        layout = self.layout
        return {
            "tenant": self.tenant,
            "folder": str(self.folder / "data"),
            "cloud": {
                "in_url": layout.url("in"),
                "certificate": str(self._certificate),
                "private_key": str(self._key),
                "authorities": str(layout.pki / "ca.pem"),
            },
            **self._pacs(),
            "messages": {
                "time_zone": "Europe/Paris",
                "listeners": [
                    {
                        "name": "RIS",
                        "address": "127.0.0.1",
                        "port": layout.ports["mllp"],
                        "addresses": ["127.0.0.0/8"],
                        "senders": self._senders(),
                    }
                ],
            },
            "status_port": layout.ports["agent"],
        }

    def _pacs(self) -> dict[str, Any]:
        """Over DIMSE where the PACS is Orthanc; an own PACS, and the small one, over DICOMweb."""
        layout, own = self.layout, tenants.pacs(self.layout)
        if own != {"url": layout.url("pacs")} or not speaks_dimse():
            return {"pacs": {"dicomweb": own}}
        return {
            "pacs": {
                "dimse": {
                    "host": "127.0.0.1",
                    "port": layout.ports["pacs_dimse"],
                    "ae_title": PACS_AE,
                    "our_ae_title": AGENT_AE,
                }
            },
            "listener": {
                "address": "127.0.0.1",
                "port": layout.ports["agent_dimse"],
                "callers": [{"ae_title": PACS_AE, "addresses": ["127.0.0.1"]}],
            },
            "notes": {
                "ae_title": NOTES_AE,
                "url": f"{layout.url('db')}/tenants/{self.tenant}/dicomweb",
                "credential_file": str(layout.pki / "pacs-credential"),
            },
        }

    def _senders(self) -> list[str]:
        """Those that the tenant's file lets the agent forward."""
        path = self.layout.tenants / f"{self.tenant}.yaml"
        facts = yaml.safe_load(path.read_text("utf-8"))
        mine = {
            "certificate_subject": subject_of(self.tenant, tenants.AGENT),
            "certificate_issuer": AUTHORITY,
        }
        return [
            f"{one['application']}|{one['facility']}"
            for one in facts["senders"]
            if mine.items() <= one.items()
        ]


def speaks_dimse() -> bool:
    """Whether the PACS of the local run is Orthanc."""
    return bool(find_orthanc() and find_dicomweb_plugin())
