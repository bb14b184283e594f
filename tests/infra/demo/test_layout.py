"""The scripts' ground: addresses, ports, the pid file, and messages that name the fault."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path

import pytest
import yaml

from functions.drimbox.tenants.reading import read_tenant
from infra.demo import __main__ as demo
from infra.demo import layout as module
from infra.demo import lifecycle, tenants
from infra.demo.layout import (
    PORTS,
    SECOND,
    SECOND_SENDER,
    SECOND_STRUCTURE,
    STRUCTURES,
    TENANT,
    Layout,
    WrongVariable,
)
from infra.demo.processes import NotStarted, limits, require_free, tail
from simulators import pki

# Exactly these keys: scripts of others drive the stack with them.
KEYS = {
    *("tenant", "in", "db", "vi", "aws", "dmp", "psc", "pacs", "whitelist", "peer", "peer_pacs"),
    "ris",
    *("ca", "ris_cert", "ris_key", "operator_cert", "operator_key", "peer_cert", "peer_key"),
    *("pacs_credential", "sender", "link", "mllp", "agent", "pacs_dimse", "agent_dimse"),
    *("db_api", "front"),
}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.read(
        {"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_PORT_IN": "9441", "DRIMBOX_FRONT": "none"}
    )


def test_endpoints_have_exactly_the_agreed_keys(layout: Layout) -> None:
    layout.write_endpoints()
    written = json.loads((layout.home / "endpoints.json").read_text())
    assert set(written) == KEYS
    assert written["in"] == "https://127.0.0.1:9441"
    assert written["db"] == "https://127.0.0.1:8442"
    assert written["pacs"].startswith("http://127.0.0.1:8453/")
    assert len(written["sender"]) == 2


def test_the_endpoints_of_the_last_run_are_read(layout: Layout, tmp_path: Path) -> None:
    layout.write_endpoints()
    elsewhere = Layout.read({"DRIMBOX_HOME": str(tmp_path)})
    assert elsewhere.read_endpoints()["in"] == "https://127.0.0.1:9441"


def test_only_hosts_ports_tenants_and_concurrency_differ_from_the_cloud(layout: Layout) -> None:
    context = layout.context()
    shipped = json.loads((Path(demo.__file__).parents[2] / "cdk.json").read_text())["context"]
    assert set(context) <= set(shipped)
    others = {key for key in context if not key.endswith(("_url", "_urls"))}
    assert others == {
        *("psc_issuer", "psc_client_id", "operator_issuer", "operator_client_id", "tenants"),
        "account_concurrency",
        *("private_peers", "private_pacs", "pacs_network"),
        "fills_at_once",
    }


def test_the_local_stack_has_certificates_for_each_structure_of_its_tenant(layout: Layout) -> None:
    root = Path(demo.__file__).parents[2]
    tenant = yaml.safe_load((root / f"infra/tenants/{TENANT}.yaml").read_text("utf-8"))
    assert tuple(one["id"] for one in tenant["structures"]) == STRUCTURES


def test_the_local_tenants_are_found_whatever_folder_is_deployed(tmp_path: Path) -> None:
    home = {"DRIMBOX_HOME": str(tmp_path)}
    ports = {"DRIMBOX_PORT_PACS": "9453", "DRIMBOX_PORT_PEER": "9455"}
    more = {"DRIMBOX_PORT_PEER_PACS": "9456", "DRIMBOX_PORT_RIS": "9457"}
    layout = Layout.read({**home, **ports, **more, "DRIMBOX_LINK": "public"})
    tenants.write(layout)
    folder = Path(demo.__file__).parents[2] / layout.context()["tenants"]
    found = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in folder.iterdir()}
    assert set(found) == {TENANT, SECOND}
    read = {name: read_tenant({"cache_days": 2, **facts}) for name, facts in found.items()}
    assert read[TENANT].pacs_url == "http://127.0.0.1:9453/dicom-web"
    assert read[TENANT].webhook_url == "https://127.0.0.1:9457/drimbox/news"
    assert read[SECOND].pacs_url == "http://127.0.0.1:9456/dicom-web"
    # The first one's manifests lead to our own host, the second one's to the other sites'.
    assert read[TENANT].retrieve_url == ""
    assert read[SECOND].retrieve_url == "https://localhost:9455/meridien/rs"
    assert read[SECOND].structure(SECOND_STRUCTURE) is not None
    [sender] = read[SECOND].senders
    assert (sender.application, sender.facility) == SECOND_SENDER
    assert sender.certificate_subject in {one.subject for one in pki.COMMON}


def test_own_addresses_in_the_tenant_s_file_stay(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vendor's RIS and PACS: they were replaced by the simulators', without a word."""
    text = tenants._FIRST.read_text("utf-8")
    own = {"webhook_url": "https://127.0.0.1:9443/news", "pacs_url": "http://127.0.0.1:8042/dicom"}
    for name, address in own.items():
        text = re.sub(rf"^{name}: .*$", f"{name}: {address}", text, flags=re.MULTILINE)
    (tmp_path / "demo.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(tenants, "_FIRST", tmp_path / "demo.yaml")
    found = yaml.safe_load(tenants.first(layout))
    assert {name: found[name] for name in own} == own


@pytest.mark.parametrize("value", ["", "x", "80", "65536", "-1"])
def test_a_port_that_is_not_one_is_named(value: str) -> None:
    with pytest.raises(WrongVariable, match="DRIMBOX_PORT_DMP"):
        Layout.read({"DRIMBOX_PORT_DMP": value})


def test_a_front_stands_before_the_api_where_nginx_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = {"DRIMBOX_HOME": str(tmp_path)}
    monkeypatch.setattr(module, "find_nginx", lambda: "/usr/sbin/nginx")
    fronted = Layout.read(home)
    assert fronted.front
    context = fronted.context()
    assert (context["db_url"], context["db_api_url"]) == (
        "https://127.0.0.1:8442",
        "https://127.0.0.1:8462",
    )
    assert context["db_truststore_uri"]
    assert lifecycle.parts(fronted)[-1] == lifecycle.FRONT
    alone = Layout.read({**home, "DRIMBOX_FRONT": "none"})
    monkeypatch.setattr(module, "find_nginx", lambda: None)
    for without in (alone, Layout.read(home)):
        assert not without.front
        assert "db_api_url" not in without.context()
        assert lifecycle.FRONT not in lifecycle.parts(without)


@pytest.mark.parametrize("front", ["", "Nginx", "no"])
def test_a_front_that_no_local_run_has_is_named(front: str) -> None:
    with pytest.raises(WrongVariable, match="DRIMBOX_FRONT must be nginx or none"):
        Layout.read({"DRIMBOX_FRONT": front})


@pytest.mark.parametrize("link", ["", "vpn", "Agent"])
def test_a_link_that_no_local_run_plays_is_named(link: str) -> None:
    with pytest.raises(WrongVariable, match="DRIMBOX_LINK must be one of agent, public"):
        Layout.read({"DRIMBOX_LINK": link})


def test_another_link_makes_other_templates(tmp_path: Path) -> None:
    """A run in the folder of one with the other link took its tenant's file over."""
    made = set()
    for link in ("agent", "public"):
        layout = Layout.read({"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_LINK": link})
        tenants.write(layout)
        made.add(lifecycle.digest(layout))
    assert len(made) == 2


def test_a_taken_port_is_named_with_what_wants_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        layout = Layout.read({"DRIMBOX_HOME": str(tmp_path), "DRIMBOX_PORT_PSC": str(port)})
        with pytest.raises(NotStarted, match=rf"{port} \(psc\)"):
            require_free(layout)
    assert set(PORTS) == set(layout.ports)


def test_the_last_start_s_limits_are_counted(tmp_path: Path) -> None:
    """They were sixteen lines of each start."""
    log = tmp_path / "stack.log"
    assert limits(log) == 0
    log.write_text(
        "Known here, but not enforced:\n  - old\nx\nKnown here, but not enforced:\n"
        "  - WAF\n  - IAM\nready\n"
    )
    assert limits(log) == 2


def test_only_our_own_process_is_taken_for_a_running_stack(tmp_path: Path) -> None:
    pid_file = tmp_path / "demo.pid"
    assert demo._running(pid_file) is None
    pid_file.write_text("not a number")
    assert demo._running(pid_file) is None
    pid_file.write_text(str(os.getpid()))  # alive, and not ours
    assert demo._running(pid_file) is None


def test_a_stack_that_does_not_run_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRIMBOX_HOME", str(tmp_path))
    assert demo.main(["stop"]) == 0
    assert demo.main(["token"]) == 1
    assert demo.main(["nonsense"]) == 2
    said = capsys.readouterr()
    assert "nothing runs here" in said.out
    assert "make run" in said.err


def test_the_end_of_a_log_shows_the_cause_without_the_limits(tmp_path: Path) -> None:
    log = tmp_path / "stack.log"
    assert tail(log) == ""
    log.write_text("starts\nKnown here, but not enforced:\n  - tags\n  - WAF rules\nno start\n")
    assert tail(log, lines=2) == "starts\nno start"
