"""One table, three forms of it: routes, OpenAPI documents, template."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from functions.drimbox import safe_xml
from functions.drimbox.images.capabilities import capabilities
from functions.drimbox.tenants.model import Permission
from infra.openapi import document, main
from infra.routes import HOSTS, ROUTES, Host, of_host
from infra.rules.assembly import Assembly
from infra.rules.entry_points import path_of


def test_the_document_of_vi_tells_the_types_of_the_gateway_s_answers() -> None:
    told = {host: document(host, "https://x")["info"].get("description", "") for host in HOSTS}
    assert "application/json" in told.pop("vi")
    assert set(told.values()) == {""}


def test_the_frozen_paths() -> None:
    base = "/tenants/{tenant}/dicomweb"
    study = f"{base}/studies/{{study}}"
    series = f"{study}/series/{{series}}"
    instance = f"{series}/instances/{{instance}}"
    read = [
        base,
        *(study, f"{study}/metadata"),
        *(series, f"{series}/metadata"),
        *(instance, f"{instance}/metadata", f"{instance}/frames/{{frames}}"),
        *(f"{base}/studies", f"{study}/series", f"{study}/instances", f"{series}/instances"),
    ]
    assert [(route.method, route.path) for route in of_host("db")] == [
        *(("GET", base), ("HEAD", base), ("OPTIONS", base), ("OPTIONS", f"{base}/studies")),
        *(("POST", f"{base}/studies"), ("POST", study)),
        *((method, path) for path in read[1:] for method in ("GET", "HEAD")),
    ]


def test_only_the_health_check_and_public_files_are_open() -> None:
    assert [route.function for route in ROUTES if route.authorizer is None] == [
        *["check_health"] * 4,
        "serve_asset",
    ]


def test_the_capabilities_are_the_routes_below_the_base() -> None:
    document = safe_xml.parse(capabilities("/tenants/demo/dicomweb/"), max_bytes=64 * 1024)
    name = "{http://wadl.dev.java.net/2009/02}"
    told = {
        (method.get("name"), f"/tenants/{{tenant}}/dicomweb/{resource.get('path')}".rstrip("/")): [
            one.get("mediaType") for one in method.iterfind(f"{name}response/{name}representation")
        ]
        for resource in document.iterfind(f"{name}resources/{name}resource")
        for method in resource.iterfind(f"{name}method")
    }
    assert set(told) == {(route.method, route.path) for route in of_host("db")}
    for route in of_host("db"):
        if route.method != "HEAD":
            (answer,) = (one for one in route.answers if one.status == 200)
            assert told[route.method, route.path] == [*answer.media_types]


def test_the_template_has_these_routes_and_no_other(assembly: Assembly) -> None:
    found = set()
    for method in assembly.resources("AWS::ApiGateway::Method"):
        api = assembly.pointed_by(method, "RestApiId")
        authorizer = assembly.pointed_by(method, "AuthorizerId")
        assert api is not None
        uri = assembly.text(method.stack, method.properties["Integration"]["Uri"])
        assert method.properties["Integration"]["Type"] == "AWS_PROXY"
        [function] = [
            f.properties["Handler"].split(".")[1]
            for f in assembly.resources("AWS::Lambda::Function")
            if f"${{{f.stack}.{f.logical_id}}}" in uri
        ]
        deciding = None
        if authorizer is not None:
            text = assembly.text(authorizer.stack, authorizer.properties["AuthorizerUri"])
            [deciding] = [
                f.properties["Handler"].split(".")[1]
                for f in assembly.resources("AWS::Lambda::Function")
                if f"${{{f.stack}.{f.logical_id}}}" in text
            ]
        found.add(
            (
                api.properties["Name"],
                method.properties["HttpMethod"],
                path_of(assembly, method),
                function,
                deciding,
            )
        )
    assert found == {
        (f"drimbox-{route.host}", route.method, route.path, route.function, route.authorizer)
        for route in ROUTES
    }


@pytest.mark.parametrize("host", HOSTS)
def test_the_document_is_valid_and_has_these_routes(host: Host) -> None:
    made = document(host, f"https://{host}.drimbox.example")
    OpenAPIV31SpecValidator(made).validate()
    operations = {
        (method.upper(), path): operation
        for path, item in made["paths"].items()
        for method, operation in item.items()
    }
    assert set(operations) == {(route.method, route.path) for route in of_host(host)}
    for route in of_host(host):
        operation = operations[route.method, route.path]
        assert set(operation["responses"]) == {str(answer.status) for answer in route.answers}
        assert bool(operation["security"]) is (route.authorizer is not None)
        in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert tuple(in_path) == route.parameters


def test_operations_have_names_of_their_own() -> None:
    for host in HOSTS:
        made = document(host, "https://example.org")
        names = [op["operationId"] for item in made["paths"].values() for op in item.values()]
        assert len(set(names)) == len(names)


def test_the_validator_sees_a_fault() -> None:
    spoiled = document("in", "https://in.drimbox.example")
    del spoiled["info"]["title"]
    with pytest.raises(OpenAPIValidationError):
        OpenAPIV31SpecValidator(spoiled).validate()


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "--server", "https://127.0.0.1:8442"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made == document("db", "https://127.0.0.1:8442")


def test_the_document_tells_which_permission_an_operation_needs() -> None:
    made = document("in", "https://in.drimbox.example")
    told = {
        (method.upper(), path): operation.get("x-permission", "")
        for path, item in made["paths"].items()
        for method, operation in item.items()
    }
    assert told == {(route.method, route.path): route.permission for route in of_host("in")}
    # The right to read names in lists belongs to no route of its own, that over agents to pages.
    assert set(told.values()) == {"", *Permission} - {Permission.PATIENTS, Permission.AGENTS}
    assert all(bool(told[key]) == ("/operations/" in key[1]) for key in told)
