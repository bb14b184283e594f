"""The whole local stack, part by part: prepared, started, restarted. Nothing is played here."""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx

from functions.aws import tenant_secrets
from infra.admin import provision
from infra.admin.agent_authority import certificate_in_force
from infra.demo import site_agent, tenants
from infra.demo.aws import secret_stores, session
from infra.demo.layout import (
    NOBODY,
    OPERATORS_CLIENT,
    OTHERS,
    PSC_CLIENT,
    ROOT,
    SECOND,
    SECOND_STRUCTURE,
    SLOW,
    STRUCTURES,
    TENANT,
    Layout,
)
from infra.demo.processes import NotStarted, Stack
from infra.demo.ris import client
from infra.demo.site_agent import SiteAgent
from infra.synth import synthesize

# In the order of their start.
PARTS: Final = ("dmp", "psc", "pacs", "whitelist", "peer_pacs", "peer", "ris", "stack")
# Behind the stack, where there is one.
FRONT: Final = "front"
# Part -> the addresses that answer once it is ready.
_ADDRESSES: Final = {
    "dmp": ("dmp",),
    "psc": ("psc",),
    "pacs": ("pacs",),
    "whitelist": ("whitelist",),
    "peer_pacs": ("peer_pacs",),
    "peer": ("peer",),
    "ris": ("ris",),
    "stack": ("aws", "in", "db", "vi"),
    FRONT: ("db",),
}
# The name that the local white list gives to our own certificate for other DRIMboxes.
OWN_NAME: Final = "CN=db.local.example,OU=300000000000025,O=DRIMbox,ST=Paris (75),C=FR"
# The file of an assembly that has the digest of its sources.
MADE_FROM: Final = "made-from"
Say = Callable[[str], None]


def prepare(layout: Layout, say: Say) -> None:
    """Make the certificates, the registration and the templates; NotStarted when they fail."""
    say("== certificates of the local authority")
    make_credentials(layout)
    if "tenants" not in layout.overlay:
        tenants.write(layout)
    sources = digest(layout)
    made_from = layout.assembly / MADE_FROM
    if made_from.exists() and made_from.read_text() == sources:
        say("== templates: unchanged")
        return
    say("== synthesizing the CloudFormation templates (about 20 s)")
    done = synthesize(layout.assembly, layout.context())
    if done.returncode:
        raise NotStarted(f"synthesis failed:\n{done.stdout}{done.stderr}")
    made_from.write_text(sources)


def make_credentials(layout: Layout) -> None:
    """Have the certificates, the registration and the secrets that the parts share."""
    from simulators import pki  # noqa: PLC0415  # only `run` needs it

    pki.prepare(layout.pki, (*STRUCTURES, SECOND_STRUCTURE), datetime.now(UTC))
    lps = layout.pki / "lps.json"
    if not lps.exists():
        lps.write_text(
            json.dumps(
                {
                    "id": "drimbox-local",
                    "name": "DRIMbox",
                    "version": "0.1.0",
                    "homologation": "LOCAL-RUN-ONLY",
                    "device_id": "899711256811",
                    "vendor": "DRIMbox",
                }
            )
        )
    oidc_client = layout.pki / "oidc-client.json"
    if not oidc_client.exists():
        oidc_client.touch(mode=0o600)
        oidc_client.write_text(json.dumps({"client_secret": secrets.token_urlsafe(32)}))
    if not layout.news_key.exists():
        layout.news_key.touch(mode=0o600)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        layout.news_key.write_text(f"whsec_{key}")
    # The API behind the front admits this certificate and no other one.
    (layout.pki / "db-truststore.pem").write_text((layout.pki / "front.pem").read_text())
    credential = layout.pki / "pacs-credential"
    if not credential.exists():
        credential.touch(mode=0o600)
        credential.write_text(secrets.token_urlsafe(32))


def digest(layout: Layout) -> str:
    """The sources of the templates and of the code asset."""
    found = hashlib.sha256(json.dumps(layout.context(), sort_keys=True).encode())
    roots = (ROOT / "infra", ROOT / "functions")
    files = [ROOT / "app.py", ROOT / "cdk.json", ROOT / "uv.lock"]
    files += [p for root in roots for p in root.rglob("*") if p.suffix in {".py", ".yaml"}]
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    # Some of the tenants' facts are the run's, as the link is.
    for path in _tenants(layout):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def _tenants(layout: Layout) -> list[Path]:
    """Every tenant's file of the run."""
    return sorted(Path(layout.context()["tenants"]).glob("*.yaml"))


def start(stack: Stack, parts: Iterable[str], stopping: Callable[[], bool]) -> None:
    """Start ``parts`` and wait until each answers; NotStarted, also when ``stopping``."""
    chosen = tuple(parts)
    for part in chosen:
        if stopping():
            raise NotStarted("told to stop")
        command = _front if part == FRONT else partial(_command, part=part)
        stack.start(part, command(stack.layout))
    wait(stack, chosen, stopping)


def wait(stack: Stack, parts: Iterable[str], stopping: Callable[[], bool]) -> None:
    """Wait until each of ``parts`` answers; NotStarted, also when ``stopping``."""
    endpoints = stack.layout.endpoints()
    with client(endpoints, identity="ris") as http:
        for part in parts:
            for name in _addresses(stack.layout, part):
                url = endpoints[name].removesuffix("/dicom-web")
                stack.wait(part, _answers(http, f"{url}/", stopping))


def parts(layout: Layout) -> tuple[str, ...]:
    """The parts of this stack, in the order of their start."""
    return (*PARTS, FRONT) if layout.front else PARTS


def _addresses(layout: Layout, part: str) -> list[str]:
    """Behind a front, ``db`` answers nobody else: the front itself waits for it."""
    hidden = {"db"} if layout.front and part == "stack" else set()
    return [name for name in _ADDRESSES[part] if name not in hidden]


def start_agent(stack: Stack, agent: SiteAgent, say: Say, stopping: Callable[[], bool]) -> None:
    """Start the agent of a site, which enrols first where the gateway does not know it; until the
    gateway has answered it. NotStarted, also when ``stopping``; NotEnrolled, NoCode or
    httpx.HTTPError.
    """

    def ready() -> bool:
        if stopping():
            raise NotStarted("told to stop")
        return agent.is_ready()

    agent.write()
    if agent.is_enrolled():
        say("== the site's agent is enrolled already")
    else:
        say("== the site's agent enrols: an operator gives out a code, it makes its key")
        agent.enrol()
    stack.start("agent", ["agent", "run", "--config", str(agent.file)])
    stack.wait("agent", ready)


def provide_secrets(layout: Layout) -> None:
    """Put the certificates and the registration where the functions read them. Here, one authority
    vouches for every peer.
    """
    authority = (layout.pki / "ca.pem").read_text()
    for peer in (*provision.PLATFORM_PEERS, *provision.TENANT_PEERS, "pacs"):
        (layout.pki / f"ca-{peer}.pem").write_text(authority)
    # The simulated PACS asks nobody for anything.
    (layout.pki / "pacs-access.json").write_text(json.dumps({"kind": "none"}))
    values = provision.secrets_of(layout.pki, TENANT, list(STRUCTURES))
    # The second tenant's PACS sends no notes, and its RIS wants no news: both are the first one's.
    others = provision.secrets_of(layout.pki, SECOND, [SECOND_STRUCTURE])
    del others[f"{SECOND}/{tenant_secrets.PACS}"], others[f"{SECOND}/{tenant_secrets.WEBHOOK}"]
    stores = secret_stores(layout.home, layout.url("aws"))
    stores.put({**values, **others})
    for tenant in (TENANT, SECOND):
        stores.make(tenant)
    # The front of `in` trusts it as soon as the file is there.
    kms: Any = session(layout.home).client("kms", endpoint_url=layout.url("aws"))
    own = certificate_in_force(kms, stores.manager, datetime.now(UTC))
    (layout.pki / "agent-authority.pem").write_text(own)


def _command(layout: Layout, part: str) -> list[str]:
    home, pki, ports = layout.home, layout.pki, layout.ports
    if part == "stack":
        return [
            *("infra.local", "up", "--assembly", str(layout.assembly), "--data", str(home)),
            *("--pki", str(pki), "--aws-port", str(ports["aws"])),
        ]
    where = ["--port", str(ports[part]), "--data", str(home / part)]
    if part in {"pacs", "peer_pacs"}:
        return ["simulators.pacs", "serve", *where, *_engine(layout, part)]
    name = {"peer": "other-site", "ris": "ris-receiver"}.get(part, part)
    tls = ["--server-cert", str(pki / f"{name}.pem"), "--server-key", str(pki / f"{name}.key")]
    if part == "whitelist":
        return [
            *("simulators.whitelist", "--port", str(ports[part]), "--pki", str(pki), *tls),
            # Our own host, as the list names those of a deployment, and the hosts of other sites.
            *("--domain", f"127.0.0.1={OWN_NAME}"),
            *(word for one in (OTHERS, NOBODY, SLOW) for word in ("--domain", f"{one}={OWN_NAME}")),
        ]
    if part == "ris":
        key = ["--key-file", str(layout.news_key)]
        return ["simulators.ris", "receive", "--port", str(ports[part]), *key, *tls]
    tls += ["--ca", str(pki / "ca.pem")]
    if part == "peer":
        return [
            *("simulators.peer", *where, *tls, "--files", str(layout.exams)),
            *("--client", OWN_NAME, "--slow-host", SLOW),
            # The second tenant's images come from our own data plane.
            *("--real", f"{SECOND}={layout.url('db')}/tenants/{SECOND}/dicomweb"),
            *("--redirects-to", layout.url("aws")),
        ]
    if part == "psc":
        tls += ["--client-cert-of", f"{PSC_CLIENT}={pki / 'psc-client.pem'}"]
        tls += ["--redirect-uri", f"{layout.reading()}/session"]
        tls += ["--operators-client", f"{OPERATORS_CLIENT}={pki / 'oidc-client.json'}"]
        for tenant in sorted({TENANT, *(path.stem for path in _tenants(layout))}):
            tls += ["--operators-redirect-uri", f"{layout.operations(tenant)}/session"]
    return [f"simulators.{part}", *where, *tls]


def _front(layout: Layout) -> list[str]:
    """The front for peers; its listen address is that which manifests name."""
    pki = layout.pki
    return [
        *("front.run", "--listen", f"127.0.0.1:{layout.ports['db']}"),
        *("--certificate", str(pki / "gateway.pem"), "--key", str(pki / "gateway.key")),
        *("--peers-ca", str(pki / "ca.pem"), "--api-ca", str(pki / "ca.pem")),
        *("--api", layout.url("db_api"), "--api-name", "localhost"),
        *("--api-certificate", str(pki / "front.pem"), "--api-key", str(pki / "front.key")),
        *("--signed", layout.url("aws"), "--home", str(layout.home / FRONT)),
        *("--user", getpass.getuser()),
    ]


def _engine(layout: Layout, part: str) -> list[str]:
    """The first tenant's PACS speaks DIMSE with the agent, where it is Orthanc."""
    if part == "peer_pacs":
        return ["--engine", "folder"]
    peer = f"{site_agent.AGENT_AE}@{layout.ports['agent_dimse']}"
    return ["--dimse", f"{layout.ports['pacs_dimse']},{peer}"]


def _answers(http: httpx.Client, url: str, stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Whether something answers at ``url``, whatever it says."""

    def ready() -> bool:
        if stopping():
            raise NotStarted("told to stop")
        try:
            http.get(url, timeout=2)
        except httpx.HTTPError:
            return False
        return True

    return ready
