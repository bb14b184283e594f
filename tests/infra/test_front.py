"""A deployment with a front: the API of ``db`` admits the front alone, under a name of its own."""

from __future__ import annotations

from infra.rules.assembly import Assembly
from tests.infra.conftest import FRONT
from tests.infra.functions import functions


def test_the_api_behind_the_front_demands_the_front_s_certificate(linked: Assembly) -> None:
    domains = {
        one.properties["DomainName"]: one.properties
        for one in linked.resources("AWS::ApiGateway::DomainName")
    }
    assert set(domains) == {"in.drimbox.example", "db-api.drimbox.example", "vi.drimbox.example"}
    assert domains["db-api.drimbox.example"]["MutualTlsAuthentication"] == {
        "TruststoreUri": FRONT["db_truststore_uri"],
        "TruststoreVersion": FRONT["db_truststore_version"],
    }
    assert "MutualTlsAuthentication" not in domains["vi.drimbox.example"]


def test_manifests_lead_to_the_front_and_not_to_the_api(linked: Assembly) -> None:
    made = functions(linked)
    build = made["build_manifest"].properties["Environment"]["Variables"]
    assert build["DB_URL"] == "https://db.drimbox.example"
    judge = made["authorize_professional"].properties["Environment"]["Variables"]
    assert judge["PEER_CERTIFICATES"] == "required"
