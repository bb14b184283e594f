"""``agent.yaml``."""

from __future__ import annotations

import re
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from agent.config.model import Dicomweb, Dimse, Hours, Login, Secret, Uploads
from agent.config.reading import load_config, read_config
from agent.mllp.settings import ServerTls
from functions.drimbox.errors import ConfigurationError
from tests.agent.config.samples import DICOMWEB, DIMSE

ROOT = Path(__file__).parents[3]


def test_a_site_with_dicomweb() -> None:
    config = read_config(DICOMWEB)
    assert (config.tenant, config.folder) == ("demo", Path("/var/lib/drimbox-agent"))
    assert config.cloud.in_url == "https://in.drimbox.example"
    assert (config.cloud.proxy, config.cloud.authorities) == (None, None)
    assert isinstance(config.pacs, Dicomweb)
    assert config.pacs.url == "https://pacs.site.example/dicom-web"
    password = Secret(Path("/etc/drimbox-agent/pacs.password"))
    assert config.pacs.login == Login("drimbox", password)
    assert (config.listener, config.notes, config.uploads) == (None, None, Uploads())
    assert (config.messages, config.status_port) == (None, None)


def test_a_site_with_dimse_and_everything() -> None:
    config = read_config(DIMSE)
    assert isinstance(config.pacs, Dimse)
    assert (config.pacs.retrieve, config.pacs.associations) == ("move", 3)
    assert config.pacs.trust is not None
    assert config.listener is not None
    assert (config.listener.address, config.listener.port) == ("10.1.9.5", 11112)
    (caller,) = config.listener.callers
    assert caller.networks[:2] == (ip_network("10.1.2.3/32"), ip_network("10.1.3.0/24"))
    assert config.notes is not None
    assert config.notes.ae_title == "DRIMBOXKO"
    assert config.uploads == Uploads(50.0, (Hours(time(20), time(6), 200.0),))
    assert config.messages is not None
    assert (config.messages.keep, config.messages.patience) == (True, timedelta(hours=48))
    (listener,) = config.messages.listeners
    assert listener.senders == {("DRIM_RIS", "AMBROISE"), ("AUTRE", "")}
    assert (listener.host, listener.port) == ("10.20.0.5", 2575)
    assert listener.tls == ServerTls(
        "/etc/drimbox-agent/mllp.pem", "/etc/drimbox-agent/mllp.key", ""
    )
    assert config.status_port == 8787
    assert config.cloud.proxy is not None
    assert config.cloud.proxy.url == "http://proxy.site.example:3128"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("tenant: demo", "tenant: De mo", "tenant: ill-formed"),
        ("tenant: demo", "", "tenant: missing"),
        ("tenant: demo", "tenant: demo\nmore: 1", "more: unknown"),
        ("folder: /var", "folder: var", "folder: ill-formed"),
        ("https://in.", "http://in.", "cloud.in_url: ill-formed"),
        ("https://in.drimbox.example", "https://u:p@in.example", "cloud.in_url: ill-formed"),
        ("https://in.drimbox.example", "https://in.example/v1", "cloud.in_url: ill-formed"),
        ("host: 10.1.2.3", "host: 10.1.2.3 5", "pacs.dimse.host: ill-formed"),
        ("port: 104", "port: 0", "pacs.dimse.port: ill-formed"),
        ("port: 104", "port: true", "pacs.dimse.port: ill-formed"),
        ("  address: 10.1.9.5\n", "", "listener.address: missing"),
        ("ae_title: PACS\n", "ae_title: A-TITLE-TOO-LONG-X\n", "pacs.dimse.ae_title: ill-formed"),
        ("associations: 3", "associations: 9", "pacs.dimse.associations: ill-formed"),
        ("associations: 3", "retrieve: fetch", "pacs.dimse.retrieve: ill-formed"),
        ("addresses: [10.1.2.3,", "addresses: [10.1.2.300,", "addresses: ill-formed"),
        ("DRIMBOXKO", "DRIMBOX", "notes.ae_title: the same as pacs.dimse.our_ae_title"),
        ("https://db.", "http://db.", "notes.url: ill-formed"),
        ('"20:00"', '"24:00"', "uploads.hours[0].from: ill-formed"),
        ("mbit: 200", "mbit: 0", "uploads.hours[0].mbit: ill-formed"),
        (":3128", "", "cloud.proxy.url: ill-formed"),
        ("Europe/Paris", "Europe/Lutece", "messages.time_zone: ill-formed"),
        ("keep: true", "keep: yes please", "messages.keep: ill-formed"),
        ("patience_hours: 48", "patience_hours: 0", "messages.patience_hours: ill-formed"),
        ("DRIM_RIS|AMBROISE", "DRIM_RIS", "messages.listeners[0].senders: ill-formed"),
    ],
)
def test_each_fault_is_told_by_its_field(before: str, after: str, told: str) -> None:
    assert before in DIMSE
    with pytest.raises(ConfigurationError) as refused:
        read_config(DIMSE.replace(before, after, 1))
    assert told in refused.value.detail
    assert "10.1.2.300" not in refused.value.detail


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("https://pacs", "http://pacs", "pacs.dicomweb.tls: goes with https"),
        ("    tls: {authorities: /etc/drimbox-agent/site.pem}\n", "", "tls: goes with https"),
        ("    login:", "    bearer_file: /x\n    login:", "one of login and bearer_file"),
        ("  dicomweb:", "  dimse: {}\n  dicomweb:", "exactly one of dicomweb and dimse"),
        ("user: drimbox", "user: 7", "pacs.dicomweb.login.user: ill-formed"),
        ("    login:", "    store_url: https://other.example/x\n    login:", "another host"),
        ("    login:", "    store_url: ftp://x\n    login:", "pacs.dicomweb.store_url: ill-formed"),
    ],
)
def test_a_pacs_over_dicomweb_is_declared_once(before: str, after: str, told: str) -> None:
    assert before in DICOMWEB
    with pytest.raises(ConfigurationError) as refused:
        read_config(DICOMWEB.replace(before, after, 1))
    assert told in refused.value.detail


def test_a_listener_is_there_where_it_is_needed() -> None:
    begin, end = DIMSE.index("listener:"), DIMSE.index("uploads:")
    with pytest.raises(ConfigurationError, match="listener: missing, C-MOVE needs it"):
        read_config(DIMSE[:begin] + DIMSE[end:])
    fetched = DIMSE.replace("associations: 3", "retrieve: get")
    begin, end = fetched.index("listener:"), fetched.index("notes:")
    with pytest.raises(ConfigurationError, match="listener: missing, notes need it"):
        read_config(fetched[:begin] + fetched[end:])
    end = fetched.index("uploads:")
    assert read_config(fetched[:begin] + fetched[end:]).listener is None


def test_a_file_is_read_or_told(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    with pytest.raises(ConfigurationError, match=r"cannot be read \(FileNotFoundError\)"):
        load_config(path)
    path.write_text(DICOMWEB)
    assert load_config(path) == read_config(DICOMWEB)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_config(path)


@pytest.mark.parametrize("guide", ["guide.en.md", "guide.fr.md"])
def test_the_files_of_the_guide_are_good(guide: str) -> None:
    """The second piece replaces the first one's PACS."""
    text = (ROOT / "docs/agent" / guide).read_text("utf-8")
    whole, dimse = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert read_config(whole).messages is not None
    begin, end = whole.index("pacs:"), whole.index("messages:")
    config = read_config(whole[:begin] + dimse + whole[end:])
    assert isinstance(config.pacs, Dimse)
    assert config.notes is not None
    assert config.uploads.hours
