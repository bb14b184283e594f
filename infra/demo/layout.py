"""Where the local stack is: ports, folders, and the file that lets scripts drive it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from front.run import find_nginx
from functions.drimbox.tenants.model import Link

ROOT: Final = Path(__file__).resolve().parents[2]
TENANT: Final = "demo"
STRUCTURE: Final = "1750803447"
# Those of the demo tenant's file.
STRUCTURES: Final = (STRUCTURE, "1759990021")
SENDER: Final = ("DRIM_RIS", "AMBROISE")
PSC_CLIENT: Final = "drimbox-local"
REALM: Final = "/auth/realms/esante-wallet"
OPERATORS: Final = "/operators"
OPERATORS_CLIENT: Final = "drimbox-operations-local"

# Variable of the environment -> default port.
PORTS: Final = {
    "aws": 8440,
    "in": 8441,
    "db": 8442,
    "vi": 8443,
    "dmp": 8451,
    "psc": 8452,
    "pacs": 8453,
    "whitelist": 8454,
    "peer": 8455,
    "peer_pacs": 8456,
    "ris": 8457,
    "mllp": 8458,
    "agent": 8459,
    "pacs_dimse": 8460,
    "agent_dimse": 8461,
    "db_api": 8462,
}
# Of the parts that are not reached over HTTPS.
_SCHEMES: Final = {
    **dict.fromkeys(("aws", "pacs", "peer_pacs", "agent"), "http"),
    "mllp": "mllp",
    **dict.fromkeys(("pacs_dimse", "agent_dimse"), "dicom"),
}
# The ways to the first tenant's site that a local run can play.
LINKS: Final = (Link.AGENT, Link.PUBLIC)
# The sites of the demonstration's histories: the own tenant, two others behind one host that
# answers, one at whose address nothing is, and one that the white list does not name. At SLOW the
# sites of the first host are met again, after a handshake that takes its time.
OTHERS: Final = "localhost"
NOBODY: Final = "127.0.0.9"
SLOW: Final = "127.0.0.8"
# The tenant behind the site "meridien": another imaging site on this platform, to the first one a
# DRIMbox like any other.
SECOND: Final = "meridien"
SECOND_STRUCTURE: Final = "1869990017"
SECOND_SENDER: Final = ("MERIDIEN_RIS", "MERIDIEN")


class WrongVariable(ValueError):
    """A variable of the environment has no value that it can have; the message says which."""


@dataclass(frozen=True, slots=True)
class Layout:
    """``home`` holds everything that the local stack keeps (``.local``).

    ``overlay``: more keys of the CDK context, for a stack of another shape. ``link``: how the first
    tenant's site is reached; its tenant's file says the same. ``front``: the front for peers stands
    before ``db``, whose API then listens elsewhere and admits the front alone.
    """

    home: Path
    ports: Mapping[str, int]
    overlay: Mapping[str, Any] = field(default_factory=dict)
    link: Link = Link.PUBLIC
    front: bool = False

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Layout:
        """From ``DRIMBOX_HOME``, ``DRIMBOX_LINK`` (the site is behind an agent without it),
        ``DRIMBOX_FRONT`` (``none``: no front, as where nginx is not installed), and
        ``DRIMBOX_PORT_<NAME>`` (``DRIMBOX_PORT_IN=9441``). Raises WrongVariable.
        """
        link = env.get("DRIMBOX_LINK", Link.AGENT)
        if link not in LINKS:
            raise WrongVariable(f"DRIMBOX_LINK must be one of {', '.join(LINKS)}")
        ports = {}
        for name, default in PORTS.items():
            text = env.get(f"DRIMBOX_PORT_{name.upper()}", str(default))
            if not text.isdigit() or not 1024 <= int(text) <= 65535:
                raise WrongVariable(
                    f"DRIMBOX_PORT_{name.upper()} must be a port from 1024 to 65535"
                )
            ports[name] = int(text)
        home = Path(env.get("DRIMBOX_HOME", str(ROOT / ".local"))).resolve()
        fronts = env.get("DRIMBOX_FRONT", "nginx")
        if fronts not in {"nginx", "none"}:
            raise WrongVariable("DRIMBOX_FRONT must be nginx or none")
        front = fronts == "nginx" and find_nginx() is not None
        return cls(home, ports, link=Link(link), front=front)

    @property
    def pids(self) -> Path:
        """The processes that the last run started."""
        return self.home / "demo.pids"

    @property
    def pki(self) -> Path:
        """Certificates and keys of the local authority."""
        return self.home / "pki"

    @property
    def assembly(self) -> Path:
        """The synthesized templates of the local stack."""
        return self.home / "cdk.out"

    def shown(self, path: Path) -> str:
        """A path for a person who stands in the project's folder."""
        return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)

    @property
    def tenants(self) -> Path:
        """The tenants' files, with the addresses of this stack."""
        return self.home / "tenants"

    @property
    def news_key(self) -> Path:
        """The key that signs the news of the demo tenant's messages."""
        return self.pki / "webhook-key"

    @property
    def agent(self) -> Path:
        """Everything of the site's agent."""
        return self.home / "agent"

    @property
    def exams(self) -> Path:
        """The images of the histories' exams: ``<study>/<series>/<instance>.dcm``."""
        return self.home / "exams"

    def url(self, name: str) -> str:
        """The base URL of one part."""
        path = "/dicom-web" if name in {"pacs", "peer_pacs"} else ""
        return f"{_SCHEMES.get(name, 'https')}://127.0.0.1:{self.ports[name]}{path}"

    def operations(self, tenant: str = TENANT) -> str:
        """The operator's page of one tenant."""
        return f"{self.url('vi')}/v1/tenants/{tenant}/operations"

    def reading(self, tenant: str = TENANT) -> str:
        """The professionals' page of one tenant."""
        return f"{self.url('vi')}/v1/tenants/{tenant}/reading"

    def sites(self) -> dict[str, str]:
        """The base of the RetrieveURLs of each site of a history."""
        peer = self.ports["peer"]
        return {
            "ambroise": f"{self.url('db')}/tenants/{TENANT}/dicomweb",
            SECOND: f"https://{OTHERS}:{peer}/{SECOND}/rs",
            "marais": f"https://{OTHERS}:{peer}/marais/rs",
            "roches": f"https://{NOBODY}:{peer}/roches/rs",
        }

    def context(self) -> dict[str, Any]:
        """The context's differences from a cloud deployment: hosts, ports, the tenant, the
        overlay.
        """
        psc = self.url("psc") + REALM
        return {
            "in_url": self.url("in"),
            "db_url": self.url("db"),
            "vi_url": self.url("vi"),
            "dmp_url": f"{self.url('dmp')}/si-dmp-server/v2/services",
            "psc_issuer": psc,
            "psc_introspection_url": f"{psc}/protocol/openid-connect/token/introspect",
            "psc_userinfo_url": f"{psc}/protocol/openid-connect/userinfo",
            "psc_client_id": PSC_CLIENT,
            "white_list_url": f"{self.url('whitelist')}/liste-blanche.xml",
            "white_list_revocation_urls": f"{self.url('whitelist')}/autorite.crl",
            # Every site of the local network stands on this machine.
            "private_peers": " ".join([OTHERS, *(f"127.0.0.{one}" for one in range(1, 10))]),
            "private_pacs": "127.0.0.1",
            "pacs_network": "",
            "sender_revocation_urls": f"{self.url('whitelist')}/autorite.crl",
            "operator_issuer": self.url("psc") + OPERATORS,
            "operator_client_id": OPERATORS_CLIENT,
            "tenants": str(self.tenants),
            # A reservation of hundreds would start as many processes of this machine.
            "account_concurrency": 10,
            "fills_at_once": 4,
            **(self._front_context() if self.front else {}),
            **self.overlay,
        }

    def _front_context(self) -> dict[str, str]:
        # The local gateway admits the certificates of a file of its own.
        store = {"db_truststore_uri": "s3://local-truststore/db.pem", "db_truststore_version": "1"}
        return {"db_api_url": self.url("db_api"), **store}

    def endpoints(self) -> dict[str, Any]:
        """The content of ``endpoints.json``; paths are relative to the project."""
        pki = Path(self.shown(self.pki))
        return {
            "tenant": TENANT,
            "link": str(self.link),
            **{name: self.url(name) for name in PORTS},
            "front": self.front,
            "ca": str(pki / "ca.pem"),
            "ris_cert": str(pki / "ris.pem"),
            "ris_key": str(pki / "ris.key"),
            "operator_cert": str(pki / "operator.pem"),
            "operator_key": str(pki / "operator.key"),
            "peer_cert": str(pki / "peer.pem"),
            "peer_key": str(pki / "peer.key"),
            "pacs_credential": str(pki / "pacs-credential"),
            "sender": list(SENDER),
        }

    def read_endpoints(self) -> dict[str, Any]:
        """The endpoints that the last run wrote; those of a first run when nothing ran here yet."""
        path = self.home / "endpoints.json"
        return dict(json.loads(path.read_text())) if path.exists() else self.endpoints()

    def write_endpoints(self) -> None:
        """Make the stack known to scripts."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "endpoints.json").write_text(json.dumps(self.endpoints(), indent=2) + "\n")
