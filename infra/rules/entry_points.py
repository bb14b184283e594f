"""How one may come in: the three hosts, with their authorizers, and no other way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from infra.rules.assembly import Assembly, Finding, Resource, at

_BASE: Final = "/tenants/{tenant}/dicomweb"
# (API, method, path): the routes that the national probes call without an identity, and the public
# files of the viewer.
OPEN_ROUTES: Final = frozenset(
    {
        ("drimbox-vi", "GET", "/assets/{file}"),
        *(("drimbox-db", method, _BASE) for method in ("GET", "HEAD", "OPTIONS")),
        ("drimbox-db", "OPTIONS", f"{_BASE}/studies"),
    }
)
# The one API whose callers must present a client certificate.
CERTIFIED: Final = "drimbox-in"
# The one function that APIs of several stacks ask; decision 0041 says why no API is named.
SHARED_AUTHORIZER: Final = "drimbox-authorize-professional"
_ANY_AUTHORIZER: Final = re.compile(
    r"arn:(?:aws|\$\{AWS::Partition\}):execute-api:[\w-]+:\d{12}:\*/authorizers/\*"
)
# A resource of the templates, as ``Assembly.text`` writes it.
_OF_OURS: Final = re.compile(r"\$\{[\w-]+\.\w+\}")
_LONGEST_DECISION_SECONDS: Final = 0
# API Gateway lets no other policy go with client certificates.
_TLS_WITH_CERTIFICATES: Final = frozenset({"TLS_1_2"})
_TLS: Final = frozenset(
    {"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_3_2025_09"}
)
# The fields that an access log may hold: none names a patient, an exam, a token or a query.
_LOGGABLE: Final = frozenset(
    {
        "authorizer.latency",
        "error.responseType",
        "httpMethod",
        "identity.sourceIp",
        "integrationLatency",
        "protocol",
        "requestId",
        "requestTimeEpoch",
        "resourcePath",
        "responseLatency",
        "responseLength",
        "status",
    }
)


def own_endpoint_only(assembly: Assembly) -> Iterator[Finding]:
    """A3: an API's default endpoint would go round the client certificate and the firewall."""
    for api in assembly.resources("AWS::ApiGateway::RestApi"):
        if api.properties.get("DisableExecuteApiEndpoint") is not True:
            yield at(api, "the default endpoint is not disabled")
        if api.properties.get("EndpointConfiguration", {}).get("Types") != ["REGIONAL"]:
            yield at(api, "the endpoint is not regional")


def _mapped(assembly: Assembly, mapping: Resource) -> tuple[Resource | None, Resource | None]:
    """The API and the domain that a mapping joins."""
    return assembly.pointed_by(mapping, "RestApiId"), assembly.pointed_by(mapping, "DomainName")


def _certified(assembly: Assembly) -> set[str]:
    """The names of the APIs whose domain demands a client certificate."""
    pairs = (
        _mapped(assembly, one) for one in assembly.resources("AWS::ApiGateway::BasePathMapping")
    )
    return {
        api.properties["Name"]
        for api, domain in pairs
        if api is not None
        and domain is not None
        and domain.properties.get("MutualTlsAuthentication")
    }


def client_certificate(assembly: Assembly) -> Iterator[Finding]:
    """A4: the API of senders demands a certificate of a pinned version of the truststore."""
    certified = _certified(assembly)
    for mapping in assembly.resources("AWS::ApiGateway::BasePathMapping"):
        api, domain = _mapped(assembly, mapping)
        if api is None or domain is None:
            yield at(mapping, "maps something unknown")
        elif not domain.properties.get("MutualTlsAuthentication", {"TruststoreVersion": "any"}).get(
            "TruststoreVersion"
        ):
            yield at(domain, "the truststore's version is not pinned")
    for api in assembly.resources("AWS::ApiGateway::RestApi"):
        if api.properties["Name"] == CERTIFIED and CERTIFIED not in certified:
            yield at(api, "no client certificate is demanded")


def authorizer_everywhere(assembly: Assembly) -> Iterator[Finding]:
    """A5: every route but the open ones has a REQUEST authorizer whose answer is not kept."""
    for method in assembly.resources("AWS::ApiGateway::Method"):
        authorizer = assembly.pointed_by(method, "AuthorizerId")
        custom = method.properties.get("AuthorizationType") == "CUSTOM"
        if _route(assembly, method) in OPEN_ROUTES:
            continue
        if not custom or authorizer is None:
            yield at(method, "a route without an authorizer")
    for authorizer in assembly.resources("AWS::ApiGateway::Authorizer"):
        kept = authorizer.properties.get("AuthorizerResultTtlInSeconds", 300)
        if authorizer.properties.get("Type") != "REQUEST" or kept > _LONGEST_DECISION_SECONDS:
            yield at(authorizer, "not a REQUEST authorizer, or its decisions are kept")


def no_other_entry(assembly: Assembly) -> Iterator[Finding]:
    """A6: no function URL, and none but services call a function, each for one source of ours.

    A permission stands with its function: a stack that is made anew must make it anew too.
    """
    for url in assembly.resources("AWS::Lambda::Url"):
        yield at(url, "a function URL")
    for permission in assembly.resources("AWS::Lambda::Permission"):
        function = assembly.pointed_by(permission, "FunctionName")
        if function is None or function.stack != permission.stack:
            yield at(permission, "stands apart from its function")
        elif not _known_caller(assembly, permission, function):
            yield at(permission, "a caller that is not one API, or one rule")


def _known_caller(assembly: Assembly, permission: Resource, function: Resource) -> bool:
    principal = str(permission.properties["Principal"])
    source = assembly.text(permission.stack, permission.properties.get("SourceArn"))
    if _OF_OURS.search(source):
        return principal.endswith(".amazonaws.com")
    return (
        principal == "apigateway.amazonaws.com"
        and function.properties.get("FunctionName") == SHARED_AUTHORIZER
        and _ANY_AUTHORIZER.fullmatch(source) is not None
    )


def firewall(assembly: Assembly) -> Iterator[Finding]:
    """A19: a web ACL that judges the size and one address's rate stands before every stage."""
    guarded = set()
    for association in assembly.resources("AWS::WAFv2::WebACLAssociation"):
        acl = assembly.pointed_by(association, "WebACLArn")
        if acl is not None and _is_whole(acl.properties["Rules"]):
            guarded.add(assembly.text(association.stack, association.properties["ResourceArn"]))
    for stage in assembly.resources("AWS::ApiGateway::Stage"):
        tail = f"/restapis/{assembly.text(stage.stack, stage.properties['RestApiId'])}/stages/"
        own = f"${{{stage.stack}.{stage.logical_id}}}"
        if not any(arn.endswith(tail + own) for arn in guarded):
            yield at(stage, "no firewall that judges the size and the rate")


def tls(assembly: Assembly) -> Iterator[Finding]:
    """A20: TLS 1.2 or newer with forward secrecy (ANSSI), for each host the strictest policy that
    there is; with client certificates there is one.
    """
    for domain in assembly.resources("AWS::ApiGateway::DomainName"):
        certified = bool(domain.properties.get("MutualTlsAuthentication"))
        if not _is_strict(domain, _TLS_WITH_CERTIFICATES if certified else _TLS):
            yield at(domain, "a TLS policy that is not allowed")
    behind = _certified(assembly)
    for api in assembly.resources("AWS::ApiGateway::RestApi"):
        if api.properties["Name"] not in behind and not _is_strict(api, _TLS):
            yield at(api, "a TLS policy that is not allowed")


def _is_strict(resource: Resource, allowed: frozenset[str]) -> bool:
    policy = resource.properties.get("SecurityPolicy")
    enhanced = policy in _TLS
    strict = resource.properties.get("EndpointAccessMode") == "STRICT"
    return policy in allowed and enhanced is strict


def access_log(assembly: Assembly) -> Iterator[Finding]:
    """A24: the access log holds no path as asked, query, header or token."""
    for stage in assembly.resources("AWS::ApiGateway::Stage"):
        form = stage.properties.get("AccessLogSetting", {}).get("Format", "")
        logged = set(re.findall(r"\$context\.([A-Za-z0-9_.]+)", form))
        if not logged:
            yield at(stage, "no access log")
        if logged - _LOGGABLE:
            yield at(stage, f"logs {', '.join(sorted(logged - _LOGGABLE))}")


def _is_whole(rules: list[dict[str, dict[str, object]]]) -> bool:
    return any(_judges_size(one) for one in rules) and any(_judges_rate(one) for one in rules)


def _judges_rate(rule: dict[str, dict[str, object]]) -> bool:
    return "Block" in rule.get("Action", {}) and "RateBasedStatement" in rule["Statement"]


def _judges_size(rule: dict[str, dict[str, object]]) -> bool:
    return "Block" in rule.get("Action", {}) and "content-length" in str(rule["Statement"])


def _route(assembly: Assembly, method: Resource) -> tuple[str, str, str]:
    api = assembly.pointed_by(method, "RestApiId")
    name = api.properties["Name"] if api else ""
    return (name, method.properties["HttpMethod"], path_of(assembly, method))


def path_of(assembly: Assembly, method: Resource) -> str:
    """The path of an ``AWS::ApiGateway::Method``, from the chain of its resources."""
    path = ""
    place = assembly.pointed_by(method, "ResourceId")
    while place is not None and place.type == "AWS::ApiGateway::Resource":
        path = f"/{place.properties['PathPart']}{path}"
        place = assembly.pointed_by(place, "ParentId")
    return path or "/"
