"""The first tenant's file, as it is linked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agent.config.model import Dicomweb, Dimse
from agent.config.reading import load_config
from functions.drimbox.identity.agent_names import AUTHORITY
from functions.drimbox.tenants.model import Link, Tenant
from functions.drimbox.tenants.reading import read_tenant
from infra.demo import site_agent, tenants
from infra.demo.layout import SECOND, SENDER, TENANT, Layout
from infra.demo.site_agent import SiteAgent
from simulators import pki

AGENT = "CN=salle-serveur-1,OU=demo,O=DRIMbox agents"


def written(tmp_path: Path, link: str) -> tuple[Layout, dict[str, Tenant]]:
    layout = Layout.read({"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_LINK": link})
    tenants.write(layout)
    files = {
        path.stem: yaml.safe_load(path.read_text("utf-8")) for path in layout.tenants.iterdir()
    }
    return layout, {name: read_tenant({"cache_days": 2, **one}) for name, one in files.items()}


def test_no_function_knows_the_pacs_of_a_site_behind_an_agent(tmp_path: Path) -> None:
    _, read = written(tmp_path, "agent")
    demo = read[TENANT]
    assert (demo.link, demo.pacs_url, demo.agents) == (Link.AGENT, "", ())
    assert {one.certificate_subject for one in demo.senders} == {
        AGENT,
        next(one.subject for one in pki.COMMON if one.name == "ris"),
    }
    assert {(one.application, one.facility) for one in demo.senders} == {SENDER}
    assert demo.imports
    assert read[SECOND].link is Link.PUBLIC


def test_a_pair_that_several_programs_send_is_forwarded_once() -> None:
    facts = yaml.safe_load(tenants.first(Layout.read({})))
    other = {"certificate_subject": "CN=salle-serveur-2,OU=demo,O=DRIMbox agents"}
    facts["senders"].append({**facts["senders"][0], **other, "certificate_issuer": AUTHORITY})
    senders = yaml.safe_load(tenants.behind_agent(yaml.safe_dump(facts)))["senders"]
    subjects = [one["certificate_subject"] for one in senders]
    assert subjects[1:] == [other["certificate_subject"], AGENT]


def test_a_public_site_has_its_pacs_and_its_own_sender_alone(tmp_path: Path) -> None:
    _, read = written(tmp_path, "public")
    assert read[TENANT].link is Link.PUBLIC
    assert read[TENANT].pacs_url == "http://127.0.0.1:8453/dicom-web"
    assert AGENT not in {one.certificate_subject for one in read[TENANT].senders}


@pytest.mark.parametrize("orthanc", [True, False])
def test_the_agent_s_file_is_one_that_the_agent_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orthanc: bool
) -> None:
    monkeypatch.setattr(site_agent, "speaks_dimse", lambda: orthanc)
    layout, _ = written(tmp_path, "agent")
    config = load_config(SiteAgent(layout).write())
    assert config.tenant == TENANT
    assert config.messages is not None
    [listener] = config.messages.listeners
    assert (listener.host, listener.port, *listener.senders) == ("127.0.0.1", 8458, SENDER)
    if orthanc:
        assert isinstance(config.pacs, Dimse)
        assert (config.pacs.host, config.pacs.port) == ("127.0.0.1", 8460)
        assert config.listener is not None
        assert (config.listener.address, config.listener.port) == ("127.0.0.1", 8461)
        assert config.notes is not None
    else:
        assert config.pacs == Dicomweb("http://127.0.0.1:8453/dicom-web")
        assert config.listener is None


@pytest.mark.parametrize("store", ["", "http://127.0.0.1:8042/store"])
def test_an_own_pacs_is_the_agent_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    own = "http://127.0.0.1:8042/dicom"
    text = tenants._FIRST.read_text("utf-8").replace("http://127.0.0.1:8453/dicom-web", own)
    text += f"pacs_store_url: {store}\n" if store else ""
    (tmp_path / "demo.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(tenants, "_FIRST", tmp_path / "demo.yaml")
    layout, read = written(tmp_path / "home", "agent")
    assert load_config(SiteAgent(layout).write()).pacs == Dicomweb(own, store_url=store)
    assert (read[TENANT].pacs_url, read[TENANT].pacs_store_url) == ("", "")
