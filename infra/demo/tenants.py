"""The tenants of a local run: their files, with the addresses of this stack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.tenants.model import Link
from infra.demo.layout import ROOT, SECOND, TENANT, Layout

_FIRST: Final = ROOT / "infra" / "tenants" / f"{TENANT}.yaml"
_OTHER: Final = Path(__file__).parent / f"{SECOND}.yaml"
# The agent of a site behind one.
AGENT: Final = "salle-serveur-1"


def first(layout: Layout) -> str:
    """The file of the tenant that the demonstration shows, reached directly. An address that
    somebody has put in the place of a simulator's stays: an own PACS, or an own RIS.
    """
    text, usual = _FIRST.read_text("utf-8"), Layout.read({})
    for name in ("pacs", "ris"):
        text = text.replace(usual.url(name), layout.url(name))
    return text


def behind_agent(text: str) -> str:
    """The same tenant's file, of a site that nobody outside reaches: its agent alone knows the
    PACS, and forwards the messages of every declared sender, who may still send by himself.
    """
    facts = yaml.safe_load(text)
    for name in ("pacs_url", "pacs_store_url"):
        facts.pop(name, None)
    forwarded = {
        "certificate_subject": subject_of(facts["tenant"], AGENT),
        "certificate_issuer": AUTHORITY,
    }
    # Each pair once: several programs may send in its name, an own agent among them.
    pairs = {(one["application"], one["facility"]): one for one in facts["senders"]}
    senders = [*facts["senders"], *({**one, **forwarded} for one in pairs.values())]
    made = {**facts, "link": str(Link.AGENT), "senders": senders}
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True)


def pacs(layout: Layout) -> dict[str, str]:
    """The first tenant's PACS over DICOMweb, as its agent's file names it: the simulator's, or an
    own one.
    """
    facts = yaml.safe_load(first(layout))
    names = {"url": "pacs_url", "store_url": "pacs_store_url"}
    return {name: facts[field] for name, field in names.items() if field in facts}


def endpoints(layout: Layout) -> dict[str, Any]:
    """The addresses of the stack, with those that the first tenant's file declares, which may be
    of an own RIS or PACS. ``news``: the address that is told of messages, "" where the file names
    none; ``store``: where the PACS takes objects; ``home``: the folder of the data, seen from the
    project's.
    """
    facts = yaml.safe_load(first(layout))
    return {
        **layout.endpoints(),
        "home": Path(layout.shown(layout.home)).as_posix(),
        "news": facts.get("webhook_url", ""),
        "store": facts.get("pacs_store_url", facts["pacs_url"]),
    }


def second(layout: Layout) -> str:
    """The file of the tenant behind the other sites' host."""
    sites = layout.sites()
    return _placed(_OTHER, pacs_url=layout.url("peer_pacs"), retrieve_url=sites[SECOND])


def write(layout: Layout) -> None:
    """Write both files where the templates are made from."""
    layout.tenants.mkdir(parents=True, exist_ok=True)
    text = first(layout)
    if layout.link is Link.AGENT:
        text = behind_agent(text)
    (layout.tenants / f"{TENANT}.yaml").write_text(text, "utf-8")
    (layout.tenants / f"{SECOND}.yaml").write_text(second(layout), "utf-8")


def _placed(path: Path, **addresses: str) -> str:
    """The file's text, with these fields' values."""
    text = path.read_text("utf-8")
    for name, address in addresses.items():
        text, found = re.subn(rf"^{name}: .*$", f"{name}: {address}", text, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"{path.name} has not one line {name}")
    return text
