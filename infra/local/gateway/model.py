"""The REST APIs of the templates: routes, authorizers, refusals, listeners."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from infra.local.template import Deployment, Resource, TemplateError, function_name

DEFAULT_TIMEOUT_MS: Final = 29_000
DEFAULT_TEMPLATE: Final = "application/json"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_NAME: Final = r"(?:context|stageVariables)\.[A-Za-z0-9_.\-]*[A-Za-z0-9_]"
_PLACEHOLDER: Final = re.compile(rf"\$(?:\{{({_NAME})\}}|({_NAME}))")


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A REQUEST authorizer; ``sources`` are the identity sources that must all be there."""

    name: str
    function: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource. ``segments`` is the path, one item a segment."""

    method: str
    resource_id: str
    resource_path: str
    segments: tuple[str, ...]
    function: str
    timeout_seconds: float
    authorizer: Authorizer | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A GatewayResponse: the front's own answer for one type of refusal."""

    status: int | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]

    def template(self, accept: str | None) -> tuple[str, str] | None:
        """The media type and the template of a caller with this Accept header; None without any.

        The first range of the header decides, as for the templates of an integration's answer.
        """
        wanted = (accept or "").split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
        kind = wanted if wanted in self.templates else DEFAULT_TEMPLATE
        found = self.templates.get(kind)
        return None if found is None else (kind, found)


@dataclass(frozen=True, slots=True)
class Api:
    """One REST API and the address that it listens on."""

    api_id: str
    name: str
    account: str
    region: str
    stage: str
    stage_variables: Mapping[str, str]
    host: str
    port: int
    client_certificate: bool
    binary_types: tuple[str, ...]
    routes: tuple[Route, ...]
    refusals: Mapping[str, Refusal]

    @property
    def label(self) -> str:
        """The label of its host: of an API called ``<anything>-<host>`` the last word."""
        return self.name.rpartition("-")[2]

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and its decoded path parameters; a literal segment wins.

        The path chooses the resource before the method is looked at: no other resource answers for
        one that lacks the method. A trailing slash is ignored, as API Gateway does.
        """
        segments = raw_path.removesuffix("/").split("/")[1:]
        best: tuple[tuple[int, ...], Route, dict[str, str]] | None = None
        for route in self.routes:
            matched = _match(route.segments, segments)
            if matched is None:
                continue
            methods = (method, "ANY", route.method)
            rank = (*matched[0], methods.index(route.method))
            if best is None or rank < best[0]:
                best = (rank, route, matched[1])
        if best is None or best[1].method not in {method, "ANY"}:
            return None
        return best[1], best[2]


def read_apis(deployment: Deployment) -> tuple[Api, ...]:
    """Every REST API of the deployment.

    An API called ``<anything>-<host>`` listens where the output ``<Host>Url`` says.

    Raises:
        TemplateError: an integration, an authorizer or an address that cannot be served here.
    """
    return tuple(_api(deployment, resource) for resource in deployment.of_type(_type("RestApi")))


def _type(name: str) -> str:
    return f"AWS::ApiGateway::{name}"


def _of_api(deployment: Deployment, kind: str, api: Resource) -> Iterator[Resource]:
    for resource in deployment.of_type(_type(kind)):
        if resource.properties["RestApiId"] == api.reference:
            yield resource


def _api(deployment: Deployment, api: Resource) -> Api:
    name = str(api.properties.get("Name", api.reference))
    host, port = _address(deployment, api, name)
    stages = list(_of_api(deployment, "Stage", api))
    if len(stages) != 1:
        raise TemplateError(f"{api.place}: one stage is expected")
    authorizers = {
        resource.reference: _authorizer(resource)
        for resource in _of_api(deployment, "Authorizer", api)
    }
    paths = _paths(deployment, api)
    return Api(
        api_id=api.reference,
        name=name,
        account=api.account,
        region=api.region,
        stage=stages[0].reference,
        stage_variables=stages[0].properties.get("Variables", {}),
        host=host,
        port=port,
        client_certificate=_wants_client_certificate(deployment, api),
        binary_types=tuple(api.properties.get("BinaryMediaTypes", ())),
        routes=tuple(
            _route(resource, paths, authorizers) for resource in _of_api(deployment, "Method", api)
        ),
        refusals={
            str(resource.properties["ResponseType"]): _refusal(resource)
            for resource in _of_api(deployment, "GatewayResponse", api)
        },
    )


def _address(deployment: Deployment, api: Resource, name: str) -> tuple[str, int]:
    output = f"{name.rpartition('-')[2].capitalize()}Url"
    url = urlsplit(deployment.outputs.get(output, ""))
    if url.scheme != "https" or url.hostname not in LOOPBACK or url.port is None or url.path:
        raise TemplateError(
            f"{api.place}: the output {output} must be https://127.0.0.1:<port>;"
            " synthesize with local addresses"
        )
    return url.hostname or "127.0.0.1", url.port


def _wants_client_certificate(deployment: Deployment, api: Resource) -> bool:
    """Whether a domain with mutual TLS is mapped to this API."""
    mutual = {
        resource.reference
        for resource in deployment.of_type(_type("DomainName"))
        if resource.properties.get("MutualTlsAuthentication")
    }
    mappings = list(_of_api(deployment, "BasePathMapping", api))
    if any(mapping.properties.get("BasePath", "") for mapping in mappings):
        raise TemplateError(f"{api.place}: base paths are not known here")
    return any(mapping.properties["DomainName"] in mutual for mapping in mappings)


def _paths(deployment: Deployment, api: Resource) -> dict[str, tuple[str, ...]]:
    """The segments of each resource, by its id."""
    resources = {resource.reference: resource for resource in _of_api(deployment, "Resource", api)}
    root = api.attributes["RootResourceId"]

    def segments(resource_id: str) -> tuple[str, ...]:
        if resource_id == root:
            return ()
        properties = resources[resource_id].properties
        return (*segments(properties["ParentId"]), str(properties["PathPart"]))

    return {resource_id: segments(resource_id) for resource_id in (root, *resources)}


def _authorizer(resource: Resource) -> Authorizer:
    properties = resource.properties
    if properties["Type"] != "REQUEST" or properties.get("AuthorizerResultTtlInSeconds", 300) != 0:
        raise TemplateError(f"{resource.place}: only REQUEST authorizers without a cache are known")
    sources = tuple(
        source.strip() for source in str(properties.get("IdentitySource", "")).split(",") if source
    )
    for source in sources:
        if not re.fullmatch(r"method\.request\.(header|querystring)\..+|context\..+", source):
            raise TemplateError(f"{resource.place}: an identity source is not known here")
    function = function_name(str(properties["AuthorizerUri"]))
    return Authorizer(str(properties.get("Name", resource.reference)), function, sources)


def _route(
    resource: Resource,
    paths: Mapping[str, tuple[str, ...]],
    authorizers: Mapping[str, Authorizer],
) -> Route:
    properties = resource.properties
    integration = properties.get("Integration", {})
    if integration.get("Type") != "AWS_PROXY":
        raise TemplateError(f"{resource.place}: only Lambda proxy integrations are known here")
    kind = properties.get("AuthorizationType", "NONE")
    if kind not in {"NONE", "CUSTOM"} or properties.get("ApiKeyRequired"):
        raise TemplateError(f"{resource.place}: only Lambda authorizers are known here")
    resource_id = str(properties["ResourceId"])
    segments = paths[resource_id]
    return Route(
        method=str(properties["HttpMethod"]),
        resource_id=resource_id,
        resource_path="/" + "/".join(segments),
        segments=segments,
        function=function_name(str(integration["Uri"])),
        timeout_seconds=int(integration.get("TimeoutInMillis", DEFAULT_TIMEOUT_MS)) / 1000,
        authorizer=authorizers[str(properties["AuthorizerId"])] if kind == "CUSTOM" else None,
    )


def _refusal(resource: Resource) -> Refusal:
    properties = resource.properties
    headers: dict[str, str] = {}
    for name, value in properties.get("ResponseParameters", {}).items():
        if not name.startswith("gatewayresponse.header."):
            raise TemplateError(f"{resource.place}: only response headers are known here")
        headers[name.removeprefix("gatewayresponse.header.")] = _header_template(resource, value)
    templates = properties.get("ResponseTemplates", {})
    # These templates know variables alone: "#" is no directive here.
    if any("$" in _PLACEHOLDER.sub("", template) for template in templates.values()):
        raise TemplateError(f"{resource.place}: the template says more than $context")
    status = properties.get("StatusCode")
    return Refusal(None if status is None else int(status), headers, templates)


def _header_template(resource: Resource, value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    if value.startswith("context."):
        return f"${value}"
    raise TemplateError(f"{resource.place}: a header's value is not known here")


def render(template: str, context: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """``template`` with ``$context.…`` and ``$stageVariables.…`` filled in, empty if unknown."""
    values = {"context": context, "stageVariables": variables}

    def value(match: re.Match[str]) -> str:
        source, _, name = (match[1] or match[2]).partition(".")
        return values[source].get(name, "")

    return _PLACEHOLDER.sub(value, template)


def _match(
    wanted: tuple[str, ...], given: list[str]
) -> tuple[tuple[int, ...], dict[str, str]] | None:
    """How specific the match is (0 literal, 1 parameter, 2 greedy, by segment) and its values."""
    if given == [""] or not given:
        return ((), {}) if not wanted else None
    rank: list[int] = []
    values: dict[str, str] = {}
    for index, segment in enumerate(wanted):
        if segment.endswith("+}"):
            rest = "/".join(given[index:])
            if not rest:
                return None
            values[segment[1:-2]] = unquote(rest)
            return (*rank, 2), values
        if index >= len(given) or not given[index]:
            return None
        if segment.startswith("{"):
            values[segment[1:-1]] = unquote(given[index])
            rank.append(1)
        elif segment == unquote(given[index]):
            rank.append(0)
        else:
            return None
    return (tuple(rank), values) if len(wanted) == len(given) else None
