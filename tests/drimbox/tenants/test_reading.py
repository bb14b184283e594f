"""functions.drimbox.tenants.reading: the required content of a tenant's file."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.agent_names import AUTHORITY
from functions.drimbox.peers.source_address import read_address
from functions.drimbox.tenants.model import Agent, Identification, ImageQuality, Link
from functions.drimbox.tenants.reading import read_tenant
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind, ReconciliationPolicy
from tests.drimbox.tenants.samples import (
    AGENT,
    BY_AGENT,
    FACTS,
    PERSON,
    PROGRAM,
    SENDER,
    STRUCTURE,
)


def test_an_import_is_asked_for_by_the_file() -> None:
    assert not read_tenant(FACTS).imports
    assert read_tenant(FACTS).store_url == read_tenant(FACTS).pacs_url
    url = "https://pacs.example/stow/"
    found = read_tenant({**FACTS, "import_exams": True, "pacs_store_url": url})
    assert found.imports
    assert found.store_url == "https://pacs.example/stow"
    for wrong in ({"import_exams": "yes"}, {"pacs_store_url": "http://pacs.example"}):
        with pytest.raises(ConfigurationError):
            read_tenant({**FACTS, **wrong})


def test_reads_a_whole_file() -> None:
    found = read_tenant(FACTS)
    assert (found.tenant, found.pacs_url) == ("site-one", "https://pacs.example/dicom-web")
    assert (found.study_wait, found.outage_patience) == (timedelta(seconds=5), timedelta(hours=1))
    assert found.time_zone.key == "Europe/Paris"
    assert [one.id for one in found.structures] == ["1750000001", "300000000000033"]
    assert found.senders[0].application == "RIS"


def test_optional_fields() -> None:
    found = read_tenant(FACTS)
    assert (found.senders[0].policy, found.masking_cumulation) == ("publish", True)
    ignored = {**SENDER, "application": "OTHER", "policy": "ignore"}
    changed = {**FACTS, "senders": [SENDER, ignored], "masking_cumulation": False}
    found = read_tenant(changed)
    assert [one.policy for one in found.senders] == ["publish", "ignore"]
    assert found.sender("OTHER", "SITE") == found.senders[1]
    assert found.sender("OTHER", "ELSEWHERE") is None
    assert not found.masking_cumulation
    with pytest.raises(ConfigurationError, match="masking_cumulation"):
        read_tenant({**FACTS, "masking_cumulation": "false"})


def test_a_tenant_may_name_its_manifests_repository() -> None:
    assert read_tenant(FACTS).retrieve_location_uid is None
    named = read_tenant({**FACTS, "retrieve_location_uid": "1.2.250.1.999.7"})
    assert named.retrieve_location_uid == "1.2.250.1.999.7"
    for ill in ("", "1.2.x", "1.02", "1.2." + "3" * 61, None, 12):
        with pytest.raises(ConfigurationError, match="retrieve_location_uid"):
            read_tenant({**FACTS, "retrieve_location_uid": ill})


@pytest.mark.parametrize(
    "url",
    [
        "https://images.site.example",
        "https://db1.901.site.example/dicom-web-rs",
        "https://127.0.0.1:8455/one/rs",
        "https://images.site.example/a.b/~c_d-e",
    ],
)
def test_a_tenant_may_name_the_host_that_its_manifests_lead_to(url: str) -> None:
    assert read_tenant(FACTS).retrieve_base("https://db") == "https://db/tenants/site-one/dicomweb"
    found = read_tenant({**FACTS, "retrieve_url": url})
    assert found.retrieve_base("https://db") == url
    # The readers of manifests take an address of that form, and find the same base in it.
    address = read_address(f"{url}/studies/1.2/series/1.2.3")
    assert address is not None
    assert f"https://{address.authority}{address.prefix}" == url


@pytest.mark.parametrize(
    "ill",
    [
        "",
        "http://images.site.example/rs",
        "https://",
        "https://images.site.example/",
        "https://images.site.example/rs/",
        "https://user@images.site.example/rs",
        "https://images.site.example/rs?a=b",
        "https://images.site.example/rs#a",
        "https://images.site.example/a%2fb",
        "https://images.site.example/../rs",
        "https://images.site.example/rs/..",
        "https://images.site.example//rs",
        "https://Images.site.example/rs",
        "https://images.site.example:0/rs",
        "https://images.site.example:65536/rs",
        "https://images.site.example /rs",
        "https://images.site.example/rs\n",
        "https://[::1]/rs",
        "https://images.site.example/" + "r" * 512,
        None,
        12,
    ],
)
def test_another_form_of_that_address_is_refused(ill: object) -> None:
    for name in ("retrieve_url", "webhook_url"):
        with pytest.raises(ConfigurationError, match=name):
            read_tenant({**FACTS, name: ill})


def test_a_tenant_may_name_an_address_for_its_news() -> None:
    assert read_tenant(FACTS).webhook_url == ""
    url = "https://ris.site.example:8443/drimbox/news"
    assert read_tenant({**FACTS, "webhook_url": url}).webhook_url == url


def test_a_tenant_may_choose_for_how_long_its_images_are_cached() -> None:
    assert read_tenant(FACTS).cache_days == 2
    for days in (1, 2, 7, 30):
        assert read_tenant({**FACTS, "cache_days": days}).cache_days == days
    for ill in (0, -1, 3, 31, 365, True, "2", 2.0, None):
        with pytest.raises(ConfigurationError, match="cache_days"):
            read_tenant({**FACTS, "cache_days": ill})


def test_a_tenant_may_choose_how_exams_of_other_sites_come() -> None:
    found = read_tenant(FACTS)
    assert (found.exam_quality, found.prefetch_prior) == (ImageQuality.LOSSLESS, False)
    found = read_tenant({**FACTS, "exam_quality": "viewing", "prefetch_prior": True})
    assert (found.exam_quality, found.prefetch_prior) == (ImageQuality.VIEWING, True)
    for ill in ({"exam_quality": "best"}, {"exam_quality": True}, {"prefetch_prior": "yes"}):
        with pytest.raises(ConfigurationError, match=next(iter(ill))):
            read_tenant({**FACTS, **ill})


_CERTIFICATE = {name: SENDER[name] for name in ("certificate_subject", "certificate_issuer")}


@pytest.mark.parametrize("field", sorted(FACTS))
def test_every_field_is_needed_with_its_type(field: str) -> None:
    for spoiled in (
        {name: value for name, value in FACTS.items() if name != field},
        {**FACTS, field: None},
        {**FACTS, field: 1.5},
        {**FACTS, field: {"secret": "canary"}},
    ):
        with pytest.raises(ConfigurationError, match=field) as caught:
            read_tenant(spoiled)
        assert "canary" not in str(caught.value)


def test_unknown_fields_are_named() -> None:
    read_from_yaml: dict[Any, Any] = {**FACTS, "study_wait": 5, 7: "x"}
    with pytest.raises(ConfigurationError, match=r": 7, study_wait$"):
        read_tenant(read_from_yaml)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "Site"),
        ("tenant", "s"),
        ("tenant", "1site"),
        ("tenant", "site/../other"),
        ("tenant", "site\n"),
        ("source_id", "1.2.x"),
        ("structures", []),
        ("structures", ["1750000001"]),
        ("structures", [{**STRUCTURE, "id": "750000001"}]),
        ("structures", [{**STRUCTURE, "id": "1750000001 "}]),
        ("structures", [{**STRUCTURE, "name": ""}]),
        ("structures", [{**STRUCTURE, "more": "x"}]),
        ("structures", [{"id": "1750000001", "name": "Site"}]),
        ("senders", []),
        ("senders", [{**SENDER, "application": 1}]),
        ("senders", [{**SENDER, "policy": "refuse"}]),
        ("senders", [{**SENDER, "more": "x"}]),
        ("senders", [{k: v for k, v in SENDER.items() if k != "certificate_issuer"}]),
        ("senders", [{**SENDER, "certificate_issuer": ""}]),
        ("senders", [{**SENDER, "certificate_issuer": "CN="}]),
        ("senders", [{**SENDER, "certificate_issuer": ["CN=a"]}]),
        ("senders", [{**SENDER, "certificate_subject": "ris.example"}]),
        ("senders", [SENDER, {**SENDER, "certificate_subject": "CN="}]),
        ("pacs_url", "http://pacs.example/"),
        ("pacs_url", "http://127.0.0.1.evil.example/"),
        ("pacs_url", "ftp://127.0.0.1:80/"),
        ("study_wait_seconds", 0),
        ("study_wait_seconds", 3 * 86400 + 1),
        ("study_wait_seconds", True),
        ("outage_patience_seconds", 0),
        ("outage_patience_seconds", 4 * 86400 + 1),
        ("time_zone", "Europe/Nowhere"),
        ("time_zone", "../etc"),
        ("time_zone", ""),
    ],
)
def test_ill_formed_fields_are_named(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=field):
        read_tenant({**FACTS, field: value})


def test_a_local_pacs_needs_no_tls() -> None:
    url = "http://127.0.0.1:8042/dicom-web"
    assert read_tenant({**FACTS, "pacs_url": url}).pacs_url == url


VPN = {**FACTS, "link": "vpn", "pacs_range": "100.64.3.0/28", "vpn_gateway": "198.51.100.7"}


@pytest.mark.parametrize("facts", [FACTS, VPN], ids=["public", "vpn"])
def test_a_pacs_that_is_reached_directly_has_an_address(facts: dict[str, Any]) -> None:
    found = read_tenant(facts)
    assert (found.link, found.agents) == (Link(facts["link"]), ())
    without = {name: value for name, value in facts.items() if name != "pacs_url"}
    with pytest.raises(ConfigurationError, match=r": pacs_url$"):
        read_tenant(without)
    with pytest.raises(ConfigurationError, match=r": agents$"):
        read_tenant({**facts, "agents": [AGENT]})


@pytest.mark.parametrize("name", ["pacs_range", "vpn_gateway"])
def test_a_private_network_has_its_range_and_its_gateway(name: str) -> None:
    found = read_tenant(VPN)
    assert (found.pacs_range, found.vpn_gateway) == (IPv4Network("100.64.3.0/28"), "198.51.100.7")
    with pytest.raises(ConfigurationError, match=rf": {name}$"):
        read_tenant({one: value for one, value in VPN.items() if one != name})
    for other in (FACTS, BY_AGENT):
        with pytest.raises(ConfigurationError, match=rf": {name}$"):
            read_tenant({**other, name: VPN[name]})
    with pytest.raises(ConfigurationError, match=rf": {name}$"):
        read_tenant({**VPN, name: "none"})


@pytest.mark.parametrize("name", ["pacs_url", "pacs_store_url"])
def test_an_address_of_the_file_is_one_that_is_allotted_to_the_site(name: str) -> None:
    assert read_tenant({**VPN, name: "https://100.64.3.15:8443/rs"})
    for host in ("100.64.3.16", "93.184.215.14", "127.0.0.1", "[2606:4700::1111]"):
        with pytest.raises(ConfigurationError, match=rf": {name}$"):
            read_tenant({**VPN, name: f"https://{host}/rs"})


def test_the_site_s_own_viewer_is_declared_with_the_study_s_place() -> None:
    url = "https://viewer.site.example/?studyUID={study_instance_uid}"
    for facts in (FACTS, BY_AGENT):
        assert read_tenant(facts).viewer_url == ""
        assert read_tenant({**facts, "viewer_url": url}).viewer_url == url
        with pytest.raises(ConfigurationError, match=r": viewer_url$"):
            read_tenant({**facts, "viewer_url": f"{url}&p={{patient_id}}"})


def test_a_pacs_behind_an_agent_has_none() -> None:
    found = read_tenant(BY_AGENT)
    assert (found.link, found.pacs_url, found.store_url) == (Link.AGENT, "", "")
    assert found.agents == (Agent(**AGENT),)
    assert found.agents[0] in found.programs
    for name in ("pacs_url", "pacs_store_url"):
        with pytest.raises(ConfigurationError, match=rf": {name}$"):
            read_tenant({**BY_AGENT, name: "https://pacs.example"})
    # Those that enrol stand in a register, and in no file.
    assert read_tenant({k: v for k, v in BY_AGENT.items() if k != "agents"}).agents == ()
    for imports in (True, False):
        assert read_tenant({**BY_AGENT, "import_exams": imports}).imports is imports
    # An agent that also forwards reports is declared twice, under one certificate.
    sender = {**SENDER, **{name: AGENT[name] for name in _CERTIFICATE}}
    assert len(read_tenant({**BY_AGENT, "senders": [sender]}).programs) == 2
    with pytest.raises(ConfigurationError, match=r": certificate_issuer$"):
        read_tenant({**BY_AGENT, "senders": [{**sender, "certificate_issuer": "CN=AC2"}]})


@pytest.mark.parametrize(
    "agents",
    [
        [],
        ["salle-serveur-1"],
        [{**AGENT, "name": "Salle serveur"}],
        [{**AGENT, "name": "-a"}],
        [{**AGENT, "name": "a" * 64}],
        [{**AGENT, "more": "x"}],
        [{k: v for k, v in AGENT.items() if k != "certificate_issuer"}],
        [{**AGENT, "certificate_issuer": "AC"}],
        [{**AGENT, "certificate_subject": "CN="}],
        [AGENT, {**AGENT, "certificate_subject": "CN=salle-serveur-2,O=Site,C=FR"}],
        [AGENT, {**AGENT, "name": "salle-serveur-2"}],
    ],
)
def test_an_agent_is_one_name_with_one_certificate(agents: list[Any]) -> None:
    with pytest.raises(ConfigurationError, match="agents"):
        read_tenant({**BY_AGENT, "agents": agents})


OURS = {
    "certificate_subject": "CN=salle-1,OU=demo,O=DRIMbox agents",
    "certificate_issuer": AUTHORITY,
}


def test_a_sender_may_be_forwarded_by_an_enrolled_agent_of_its_own_tenant() -> None:
    found = read_tenant({**FACTS, "tenant": "demo", "senders": [{**SENDER, **OURS}]})
    assert found.senders[0].certificate_issuer == AUTHORITY


ELSEWHERE = "CN=salle-1,OU=other,O=DRIMbox agents"
LOOSE = "o=DRIMBOX, cn=drimbox agents authority"


@pytest.mark.parametrize(
    "changes",
    [
        {"senders": [{**SENDER, "certificate_issuer": AUTHORITY}]},
        {"senders": [{**SENDER, "certificate_issuer": LOOSE}]},
        # Another authority's name in the form of ours: an enrolled agent would speak for it.
        {"senders": [{**SENDER, "certificate_subject": OURS["certificate_subject"]}]},
        {"senders": [{**SENDER, "certificate_subject": "CN=ris.example, o=drimbox AGENTS"}]},
        {"senders": [{**SENDER, **OURS, "certificate_subject": ELSEWHERE}]},
        {"operators": [{"name": "O", "permissions": ["view"], **OURS}]},
        {"link": "agent", "agents": [{"name": "salle-1", **OURS}]},
    ],
)
def test_our_authority_stands_for_nothing_else_in_a_file(changes: dict[str, Any]) -> None:
    facts = {**FACTS, "tenant": "demo", **changes}
    if "link" in changes:
        del facts["pacs_url"]
    with pytest.raises(ConfigurationError, match=r": certificate_issuer$"):
        read_tenant(facts)


@pytest.mark.parametrize("link", ["", "Public", "tunnel"])
def test_a_link_is_one_of_three(link: str) -> None:
    with pytest.raises(ConfigurationError, match=r": link$"):
        read_tenant({**FACTS, "link": link})


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.none())


@given(st.dictionaries(st.sampled_from(sorted(FACTS)) | st.text(max_size=4), VALUES, max_size=3))
def test_any_file_is_a_tenant_or_a_configuration_error(changes: dict[str, Any]) -> None:
    try:
        found = read_tenant({**FACTS, **changes})
    except ConfigurationError:
        return
    assert found.structures
    assert found.senders


@pytest.mark.parametrize(
    "operators",
    [
        ["operator-1"],
        [{**PERSON, "certificate_subject": "CN=x"}],
        [{"name": "Nobody", "permissions": ["view"]}],
        [{**PERSON, "name": ""}],
        [{**PERSON, "oidc_subject": 7}],
        [{**PERSON, "permissions": []}],
        [{**PERSON, "permissions": "view"}],
        [{**PERSON, "permissions": ["all"]}],
        [{**PERSON, "permissions": [["view"]]}],
        [{k: v for k, v in PROGRAM.items() if k != "certificate_issuer"}],
        [{**PROGRAM, "certificate_issuer": "AC"}],
        [{**PROGRAM, "certificate_issuer": ""}],
        [{**PERSON, "certificate_issuer": "CN=AC"}],
        [{k: v for k, v in PROGRAM.items() if k != "certificate_subject"}],
        [{**PROGRAM, "certificate_subject": "watch.example"}],
        [{**PERSON, "role": "chief"}],
        [PERSON, {**PERSON, "name": "Dominique"}],
        [PROGRAM, {**PROGRAM, "certificate_subject": "cn=watch.example,OU=1750000001,O=Site,C=FR"}],
    ],
)
def test_an_operator_is_one_subject_with_known_permissions(operators: list[Any]) -> None:
    with pytest.raises(ConfigurationError, match="operators"):
        read_tenant({**FACTS, "operators": operators})


EJ = "1750000009"


def _with(**changes: Any) -> dict[str, Any]:
    return {**FACTS, "structures": [{**STRUCTURE, **changes}]}


def test_a_structure_holds_its_certificates_or_its_legal_entity_does() -> None:
    (own,) = read_tenant(_with()).structures
    assert (own.identification, own.holder) == (Identification.EG, "1750000001")
    (lent,) = read_tenant(_with(identification="EJ/EG", legal_entity=EJ)).structures
    assert (lent.identification, lent.id, lent.holder) == (Identification.EJ_EG, "1750000001", EJ)
    # The legal entity is no structure that publishes: a report in its own name finds none.
    assert read_tenant(_with(identification="EJ/EG", legal_entity=EJ)).structure(EJ) is None


def test_a_legal_entity_alone_must_be_forced() -> None:
    with pytest.raises(ConfigurationError, match="structures"):
        read_tenant(_with(identification="EJ"))
    forced = {**_with(identification="EJ"), "legal_entity_alone": True}
    assert read_tenant(forced).structures[0].holder == "1750000001"


@pytest.mark.parametrize(
    "changes",
    [
        {"identification": "EX"},
        {"identification": "EJ/EG"},
        {"identification": "EJ/EG", "legal_entity": "1750000001"},
        {"identification": "EJ/EG", "legal_entity": "12"},
        {"identification": "EG", "legal_entity": EJ},
        {"legal_entity": EJ},
        {"id": "12", "identification": "EJ/EG", "legal_entity": EJ},
    ],
)
def test_a_legal_entity_is_named_where_it_lends_its_certificates(changes: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="structures"):
        read_tenant(_with(**changes))


def test_when_and_what_is_reconciled() -> None:
    assert read_tenant(FACTS).reconciliation == ReconciliationPolicy()
    wanted = {"schedule_hours": 0, "studies_per_run": 5, "repair": ["dead_reference"]}
    found = read_tenant({**FACTS, "reconciliation": wanted}).reconciliation
    assert found == ReconciliationPolicy(0, 5, frozenset({DifferenceKind.DEAD_REFERENCE}))
    none = read_tenant({**FACTS, "reconciliation": {"repair": []}}).reconciliation
    assert none == ReconciliationPolicy(repair=frozenset())


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule_hours": 169},
        {"schedule_hours": -1},
        {"schedule_hours": True},
        {"studies_per_run": 0},
        {"studies_per_run": "2000"},
        {"every": 24},
        {"repair": "study_changed"},
        {"repair": ["orphan_manifest"]},
        {"repair": ["everything"]},
        {"repair": [1]},
        [],
    ],
)
def test_a_reconciliation_that_cannot_be(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="reconciliation"):
        read_tenant({**FACTS, "reconciliation": wrong})


def test_the_objective_of_publication_may_be_left_out() -> None:
    assert read_tenant(FACTS).publication_objective is None
    objective = {"publication_objective_seconds": 900}
    found = read_tenant({**FACTS, **objective})
    assert found.publication_objective == timedelta(minutes=15)
    for wrong in (0, 10**30):
        with pytest.raises(ConfigurationError, match="publication_objective_seconds"):
            read_tenant({**FACTS, "publication_objective_seconds": wrong})


def test_a_schedule_without_repairs_repairs_by_default() -> None:
    found = read_tenant({**FACTS, "reconciliation": {"schedule_hours": 0}}).reconciliation
    assert found == ReconciliationPolicy(schedule_hours=0)


@pytest.mark.parametrize(
    "changed",
    [
        {"senders": [SENDER, {**SENDER, "application": "B", "certificate_issuer": "CN=Other"}]},
        {"operators": [{**PROGRAM, **_CERTIFICATE, "certificate_issuer": "CN=Other"}]},
    ],
)
def test_a_subject_has_one_issuer(changed: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"ill-formed: certificate_issuer$"):
        read_tenant({**FACTS, **changed})


def test_a_program_may_send_and_operate_under_one_spelling_or_another() -> None:
    operator = {
        **PROGRAM,
        **_CERTIFICATE,
        "certificate_issuer": _CERTIFICATE["certificate_issuer"].lower().replace(",", " , "),
    }
    found = read_tenant({**FACTS, "operators": [operator]})
    assert found.operator_by_certificate(SENDER["certificate_subject"]) is not None
