"""The tenants' files are checked before anything is deployed from them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.tenants.model import Link
from functions.drimbox.tenants.reading import read_tenant
from infra.shared.deployment import ROOT, Deployment, is_loopback
from infra.shared.tenants import load

CONTEXT = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
PROJECT = Deployment.read(CONTEXT)
DEMO = (ROOT / "infra" / "tenants" / "demo.yaml").read_text("utf-8")


def folder_of(tmp_path: Path, **files: str) -> Deployment:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    return replace(PROJECT, tenants=tmp_path)


def changed(**fields: Any) -> str:
    return yaml.safe_dump({**yaml.safe_load(DEMO), **fields}, allow_unicode=True)


def test_the_demo_tenant() -> None:
    [demo] = [one for one in load(PROJECT) if one.tenant.tenant == "demo"]
    assert read_tenant(json.loads(demo.text)) == demo.tenant
    assert demo.tenant.structure("750803447") == demo.tenant.structures[0]
    assert demo.tenant.structures[0].sector == "SA08"
    [sender] = demo.tenant.senders
    assert (sender.application, sender.facility) == ("DRIM_RIS", "AMBROISE")


def test_the_demo_tenant_s_sender_has_the_local_certificate() -> None:
    source = (ROOT / "simulators" / "pki.py").read_text("utf-8")
    [demo] = [one for one in load(PROJECT) if one.tenant.tenant == "demo"]
    assert demo.tenant.senders[0].certificate_subject in source
    assert f'AUTHORITY_SUBJECT: Final = "{demo.tenant.senders[0].certificate_issuer}"' in source


def test_the_demo_tenant_s_operator_has_the_local_certificate_which_is_no_sender_s() -> None:
    source = (ROOT / "simulators" / "pki.py").read_text("utf-8")
    [demo] = [one for one in load(PROJECT) if one.tenant.tenant == "demo"]
    [program] = [one for one in demo.tenant.operators if one.certificate_subject]
    assert f'Wanted("operator", "{program.certificate_subject}", CLIENT)' in source
    assert program.certificate_issuer == demo.tenant.senders[0].certificate_issuer
    assert program.certificate_subject != demo.tenant.senders[0].certificate_subject


def test_the_context_may_place_the_pacs_elsewhere() -> None:
    elsewhere = "http://127.0.0.1:19999/dicom-web"
    for one in load(replace(PROJECT, tenant_pacs_url=elsewhere)):
        assert one.tenant.pacs_url == elsewhere
        assert json.loads(one.text)["pacs_url"] == elsewhere


def test_the_deployment_says_how_long_images_are_cached_where_the_tenant_does_not(
    tmp_path: Path,
) -> None:
    deployment = replace(
        folder_of(tmp_path, abc=changed(tenant="abc"), zoe=changed(tenant="zoe", cache_days=7)),
        cache_days=30,
    )
    found = {one.tenant.tenant: one for one in load(deployment)}
    assert {slug: one.tenant.cache_days for slug, one in found.items()} == {"abc": 30, "zoe": 7}
    assert json.loads(found["abc"].text)["cache_days"] == 30


REAL = replace(PROJECT, account="111122223333")


def test_a_cloud_account_takes_no_pacs_of_this_machine() -> None:
    with pytest.raises(ConfigurationError, match=r"^demo\.yaml: pacs_url is a private address"):
        load(REAL)
    # A port does not make a deployment local: its host does.
    with pytest.raises(ConfigurationError, match="private"):
        load(replace(REAL, in_url="https://in.drimbox.example:443"))


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("pacs_url", "10.1.2.3"),
        ("pacs_url", "192.168.0.9:8443"),
        ("pacs_url", "169.254.169.254"),
        ("pacs_url", "[fe80::1]"),
        ("pacs_url", "localhost"),
        ("pacs_store_url", "172.16.0.1"),
    ],
)
def test_a_public_link_leads_to_no_private_address(tmp_path: Path, name: str, host: str) -> None:
    fields = {"pacs_url": "https://pacs.example/rs", name: f"https://{host}/rs"}
    deployment = replace(folder_of(tmp_path, demo=changed(**fields)), account=REAL.account)
    with pytest.raises(ConfigurationError, match=rf"^demo\.yaml: {name} is a private address"):
        load(deployment)


def test_a_site_behind_an_agent_is_taken_anywhere(tmp_path: Path) -> None:
    agent = {
        "name": "salle-serveur-1",
        "certificate_subject": "CN=salle-serveur-1,C=FR",
        "certificate_issuer": "CN=AC,C=FR",
    }
    facts = {**yaml.safe_load(DEMO), "link": "agent", "agents": [agent]}
    del facts["pacs_url"]
    deployment = replace(folder_of(tmp_path, demo=yaml.safe_dump(facts)), account=REAL.account)
    (found,) = load(deployment)
    assert found.tenant.link is Link.AGENT


@pytest.mark.parametrize(
    "deployment",
    [
        PROJECT,
        replace(REAL, in_url="https://127.0.0.1:8441"),
        replace(REAL, tenant_pacs_url="https://pacs.example/dicom-web"),
    ],
    ids=["sample account", "local run", "pacs elsewhere"],
)
def test_a_pacs_that_the_deployment_reaches_is_taken(deployment: Deployment) -> None:
    assert [one.tenant.tenant for one in load(deployment)] == ["demo"]


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8453/dicom-web", True),
        ("https://127.9.9.9/", True),
        ("https://[::1]:8453/", True),
        ("https://0.0.0.0/", True),
        ("https://LOCALHOST:1/", True),
        ("https://pacs.localhost./", True),
        ("https://pacs.example/127.0.0.1", False),
        ("https://localhost.example/", False),
        ("https://10.1.2.3/", False),
        ("nothing", False),
    ],
)
def test_loopback_addresses(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_tenants_come_by_slug(tmp_path: Path) -> None:
    deployment = folder_of(tmp_path, zoe=changed(tenant="zoe"), abc=changed(tenant="abc"))
    assert [one.tenant.tenant for one in load(deployment)] == ["abc", "zoe"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n- b\n", "not a mapping"),
        ("1: a\nb: c\n", "not a mapping"),
        ("a: [", "not YAML"),
        (changed(extra=1), "extra"),
        (changed(cache_days=3), "cache_days"),
        (changed(study_wait_seconds="5"), "study_wait_seconds"),
        (changed(pacs_url="http://pacs.example"), "pacs_url"),
        (changed(pacs_url="https://[pacs"), "pacs_url"),
        (changed(tenant="other"), "slug"),
        (changed(name="n" * 9000), "8192"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^demo\.yaml: .*{told}"):
        load(folder_of(tmp_path, demo=text))


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigurationError, match="not YAML in UTF-8"):
        load(folder_of(tmp_path))


def test_no_tenant_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no tenant"):
        load(folder_of(tmp_path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "demo.yaml").write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"^demo\.yaml: "):
        load(folder_of(tmp_path))
