"""The tenants of a local run: their files, with the addresses of this stack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from infra.demo.layout import ROOT, SECOND, TENANT, Layout

_FIRST: Final = ROOT / "infra" / "tenants" / f"{TENANT}.yaml"
_OTHER: Final = Path(__file__).parent / f"{SECOND}.yaml"


def first(layout: Layout) -> str:
    """The file of the tenant that the demonstration shows. An address that somebody has put in the
    place of a simulator's stays: an own PACS, or an own RIS.
    """
    text, usual = _FIRST.read_text("utf-8"), Layout.read({})
    for name in ("pacs", "ris"):
        text = text.replace(usual.url(name), layout.url(name))
    return text


def second(layout: Layout) -> str:
    """The file of the tenant behind the other sites' host."""
    sites = layout.sites()
    return _placed(_OTHER, pacs_url=layout.url("peer_pacs"), retrieve_url=sites[SECOND])


def write(layout: Layout) -> None:
    """Write both files where the templates are made from."""
    layout.tenants.mkdir(parents=True, exist_ok=True)
    (layout.tenants / f"{TENANT}.yaml").write_text(first(layout), "utf-8")
    (layout.tenants / f"{SECOND}.yaml").write_text(second(layout), "utf-8")


def _placed(path: Path, **addresses: str) -> str:
    """The file's text, with these fields' values."""
    text = path.read_text("utf-8")
    for name, address in addresses.items():
        text, found = re.subn(rf"^{name}: .*$", f"{name}: {address}", text, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"{path.name} has not one line {name}")
    return text
