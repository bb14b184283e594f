"""The context is checked key by key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.shared.deployment import EEA_REGIONS, ROOT, Deployment, WrongContext
from tests.infra.conftest import FRONT

CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
OURS = [name for name in CONTEXT if ":" not in name]


def test_the_project_s_own_context() -> None:
    deployment = Deployment.read(CONTEXT)
    assert deployment.region == "eu-west-3"
    assert deployment.tenants == ROOT / "infra" / "tenants"
    assert [deployment.domain(host) for host in ("in", "db", "vi")] == [
        "in.drimbox.example",
        "db.drimbox.example",
        "vi.drimbox.example",
    ]


def test_absolute_folders_stay(tmp_path: Path) -> None:
    assert Deployment.read({**CONTEXT, "layers": str(tmp_path)}).layers == tmp_path


def test_regions_are_of_the_eea() -> None:
    for region in EEA_REGIONS:
        assert Deployment.read({**CONTEXT, "region": region}).region == region
    assert not {"eu-west-2", "eu-central-2"} & EEA_REGIONS


@pytest.mark.parametrize("name", OURS)
def test_a_missing_key_is_named(name: str) -> None:
    with pytest.raises(WrongContext, match=rf": {name}$"):
        Deployment.read({key: value for key, value in CONTEXT.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", "12345678901"),
        ("account", 123456789012),
        ("region", "eu-west-2"),
        ("region", ["eu-west-3"][0:0]),
        ("in_url", "http://in.drimbox.example"),
        ("white_list_url", "http://white-list.example/liste-blanche.xml"),
        ("white_list_url", "https://white-list.example"),
        ("white_list_revocation_urls", ""),
        ("white_list_revocation_urls", "ldap://igc.example/a"),
        ("white_list_revocation_urls", "http://igc.example/a.crl, http://igc.example/b.crl"),
        ("white_list_revocation_urls", "http://igc.example/a.crl b"),
        ("private_peers", "https://db.example"),
        ("private_peers", "127.0.0.1"),
        ("private_pacs", "http://127.0.0.1"),
        ("private_pacs", "127.0.0.1"),
        ("pacs_network", None),
        ("pacs_network", "10.64.0.0"),
        ("pacs_network", "10.64.0.0/15"),
        ("pacs_network", "10.64.0.0/25"),
        ("pacs_network", "10.64.0.1/24"),
        ("pacs_network", "010.64.0.0/24"),
        ("pacs_network", "100.64.0.0/24"),
        ("pacs_network", "93.184.215.0/24"),
        ("pacs_network", "fd00::/24"),
        ("white_list_signer_name", ""),
        ("white_list_signer_unit", " 318751275100020"),
        ("db_url", "https://db.drimbox.example/"),
        ("vi_url", "https://vi.drimbox.example/stage"),
        ("certificate_arns", {"other": "arn"}),
        ("certificate_arns", []),
        ("in_truststore_uri", "https://bucket/key"),
        ("in_truststore_uri", "s3://bucket"),
        ("in_truststore_version", ""),
        ("db_api_url", "http://db-api.drimbox.example"),
        ("db_truststore_uri", "s3://bucket"),
        ("db_truststore_version", "a b"),
        ("peer_certificates", "maybe"),
        ("peer_certificates", "required"),
        ("dmp_url", "https://dmp.example/services/"),
        ("dmp_url", "https://dmp.example"),
        ("dmp_algorithms", "md5"),
        ("psc_introspection_url", "http://psc.example/introspect"),
        ("psc_userinfo_url", "https://psc.example/userinfo?x=1"),
        ("psc_client_id", ""),
        ("sender_revocation_urls", "ldap://igc.example/a"),
        ("sender_revocation_urls", "http://igc.example/a.crl,http://igc.example/b.crl"),
        ("sender_revocation", "off"),
        ("sender_revocation", ""),
        ("operator_issuer", "http://identity.example"),
        ("operator_issuer", "https://identity.example?x"),
        ("operator_client_id", ""),
        ("alarm_email", "nobody"),
        ("signed_url_seconds", 29),
        ("probe_seconds", 59),
        ("probe_seconds", 0),
        ("probe_seconds", 3601),
        ("signed_url_seconds", 3601),
        ("signed_url_seconds", "300"),
        ("signed_url_seconds", True),
        ("account_concurrency", 9),
        ("account_concurrency", 79),
        ("fills_at_once", 1),
        ("fills_at_once", 81),
        ("reconciled_per_second", 0),
        ("log_retention_days", 364),
        ("log_retention_days", 366),
        ("inbox_retention_days", 29),
        ("cache_days", 0),
        ("cache_days", 3),
        ("cache_days", True),
        ("layers", ""),
        ("tenants", 3),
        ("tenant_pacs_url", "http://pacs.example"),
    ],
)
def test_an_ill_formed_key_is_named(name: str, value: object) -> None:
    with pytest.raises(WrongContext, match=rf": {name}$"):
        Deployment.read({**CONTEXT, name: value})


def test_a_run_on_one_machine_has_no_network() -> None:
    assert Deployment.read({**CONTEXT, "pacs_network": "10.64.0.0/24"}).pacs_network
    here = {"in_url": "https://127.0.0.1:8441", "pacs_network": "10.64.0.0/24"}
    with pytest.raises(WrongContext, match=r"no network is on this machine: pacs_network$"):
        Deployment.read({**CONTEXT, **here})


def test_somebody_hears_the_alarms_of_a_deployment() -> None:
    own = {**CONTEXT, "account": "111122223333"}
    with pytest.raises(WrongContext, match=r"nobody hears the alarms: alarm_email$"):
        Deployment.read({**own, "alarm_email": ""})
    assert Deployment.read({**own, "alarm_email": "alarms@clinic.example"}).alarm_email


@given(
    st.dictionaries(
        st.sampled_from(OURS),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text())),
        min_size=1,
    )
)
def test_anything_is_read_or_refused(overlay: dict[str, Any]) -> None:
    try:
        deployment = Deployment.read({**CONTEXT, **overlay})
    except WrongContext as error:
        refused = str(error)
    else:
        refused = ""
        assert deployment.region in EEA_REGIONS
    named = [name for name in OURS if name in refused.partition(": ")[2].split(", ")]
    assert set(named) <= set(overlay)
    assert bool(named) is bool(refused)


def test_revocation_is_checked_where_there_is_an_address() -> None:
    urls = "http://igc.example/a.crl http://igc.example/b.crl"
    for known, demanded, effective in (
        ("", "known", "off"),
        (urls, "known", "known"),
        (urls, "required", "required"),
    ):
        context = {
            **CONTEXT,
            "sender_revocation_urls": known,
            "sender_revocation": demanded,
        }
        assert Deployment.read(context).revocation() == effective
    with pytest.raises(WrongContext, match="no address: sender_revocation_urls"):
        Deployment.read({**CONTEXT, "sender_revocation": "required"})


def test_a_front_has_an_address_behind_it_and_the_certificate_of_the_front() -> None:
    plain = Deployment.read(CONTEXT)
    assert (plain.api_url("db"), plain.truststore("db")) == (plain.db_url, None)
    read = Deployment.read({**CONTEXT, **FRONT})
    assert (read.url("db"), read.api_url("db")) == (CONTEXT["db_url"], FRONT["db_api_url"])
    assert read.domain("db") == "db-api.drimbox.example"
    assert read.truststore("db") == (FRONT["db_truststore_uri"], "version-of-the-front")
    assert (read.truststore("vi"), read.domain("vi")) == (None, "vi.drimbox.example")
    for name in FRONT.keys() - {"peer_certificates"}:
        with pytest.raises(WrongContext, match=r"a front has all three.*db_truststore_version$"):
            Deployment.read({**CONTEXT, **FRONT, name: ""})
    with pytest.raises(WrongContext, match="a front has all three"):
        Deployment.read({**CONTEXT, **FRONT, "db_api_url": CONTEXT["db_url"]})
