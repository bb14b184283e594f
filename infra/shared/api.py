"""One host: its REST API, its domain, its routes, its firewall, its alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.routes import Host, Route, of_host
from infra.shared.acknowledge import acknowledge
from infra.shared.alarms import alarm
from infra.shared.firewall import firewall
from infra.shared.function import Answering, retention
from infra.shared.names import construct_id
from infra.shared.platform import Platform
from infra.shared.refusals import add_refusals
from infra.shared.retained import retained

# Only what names no patient, exam or token: the path as declared, never as asked.
_ACCESS_LOG: Final = {
    "time": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "status": "$context.status",
    "source": "$context.identity.sourceIp",
    "protocol": "$context.protocol",
    "response_bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "integration_milliseconds": "$context.integrationLatency",
    "authorizer_milliseconds": "$context.authorizer.latency",
    "refusal": "$context.error.responseType",
}
_REASONS: Final = {
    "AwsSolutions-APIG2": "The functions check every request by the library's own limits and "
    "parsers; HL7 v2 and WADO-RS requests have no JSON schema.",
    "AwsSolutions-COG4": "Callers are authorized by a client certificate, a Pro Santé Connect "
    "token or a session opened at the operators' provider; no user has an account here.",
}
# Whose callers show what they are in Authorization.
_BY_HEADER: Final = ("authorize_professional", "authorize_pacs")
_OPEN_REASON: Final = {
    "AwsSolutions-APIG4": "The national probes have no identity, the viewer's files are public: "
    "the route tells no patient data."
}

_LOCAL_REASON: Final = {
    "CloudFormation-Validate::E3019": "A local run tells the three hosts apart by their ports."
}

_MODERN: Final = (
    # TLS 1.2 and 1.3, forward secrecy, no CBC with SHA-1.
    apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
    apigateway.EndpointAccessMode.STRICT,
)
# API Gateway lets only the older policy go with client certificates.
_WITH_CERTIFICATES: Final = (apigateway.SecurityPolicy.TLS_1_2, None)


class RestHost(Construct):
    """The host ``in``, ``db`` or ``vi``, with the routes of ``infra.routes`` and no other."""

    def __init__(
        self,
        scope: Construct,
        host: Host,
        platform: Platform,
        *functions: Answering,
    ) -> None:
        super().__init__(scope, f"{host.capitalize()}Host")
        self._host = host
        self._platform = platform
        self._functions = {one.name: one.function for one in functions}
        self._truststore = platform.deployment.truststore(host)
        self._tls: tuple[apigateway.SecurityPolicy, apigateway.EndpointAccessMode | None] = (
            _WITH_CERTIFICATES if self._truststore else _MODERN
        )
        self.api = self._rest_api()
        # An output that names an endpoint which is disabled.
        self.api.node.try_remove_child("Endpoint")
        authorizers = {
            name: self._authorizer(name)
            for name in sorted({route.authorizer for route in of_host(host) if route.authorizer})
        }
        for route in of_host(host):
            self._route(route, authorizers)
        for name in sorted({route.function for route in of_host(host)}):
            self._permit(name)
        add_refusals(self.api, host)
        self.domain = self._domain()
        firewall(self, host, platform.deployment, self.api.deployment_stage.stage_arn)
        self._alarms()
        self._outputs()
        acknowledge(self, _REASONS)

    def _rest_api(self) -> apigateway.RestApi:
        deployment = self._platform.deployment
        access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/drimbox/access/{self._host}",
            retention=retention(deployment.log_retention_days),
            encryption_key=self._platform.stateful.keys.operations,
        )
        retained(access_log)
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=f"drimbox-{self._host}",
            description=f"Host {self._host} of the DRIMbox",
            endpoint_configuration=apigateway.EndpointConfiguration(
                types=[apigateway.EndpointType.REGIONAL]
            ),
            disable_execute_api_endpoint=True,
            binary_media_types=["*/*"],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name="live",
                access_log_destination=apigateway.LogGroupLogDestination(access_log),
                access_log_format=apigateway.AccessLogFormat.custom(
                    Stack.of(self).to_json_string(_ACCESS_LOG)
                ),
                # At the level INFO the execution log holds paths as they were asked.
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=deployment.requests_per_second,
                throttling_burst_limit=deployment.requests_burst,
            ),
        )
        policy, access = self._tls
        if access is not None:
            # API Gateway negotiates by the API's policy too; the construct has no field for it.
            below = cast("apigateway.CfnRestApi", api.node.default_child)
            below.security_policy = f"SecurityPolicy_{policy.name}"
            below.endpoint_access_mode = access.value
        return api

    def _authorizer(self, name: str) -> apigateway.RequestAuthorizer:
        # A caller that must present a token has its header, or API Gateway answers 401. TLS
        # identifies a program, and an operator without a cookie must see the sign-in page.
        token = [apigateway.IdentitySource.header("Authorization")]
        return apigateway.RequestAuthorizer(
            self,
            construct_id(name),
            handler=self._functions[name],
            identity_sources=token if name in _BY_HEADER else [],
            results_cache_ttl=Duration.seconds(0),
        )

    def _route(self, route: Route, authorizers: Mapping[str, apigateway.RequestAuthorizer]) -> None:
        function = self._functions[route.function]
        method = self.api.root.resource_for_path(route.path).add_method(
            route.method,
            # LambdaIntegration would add a permission for each method.
            apigateway.AwsIntegration(
                service="lambda",
                path=f"2015-03-31/functions/{function.function_arn}/invocations",
                proxy=True,
            ),
            request_parameters={f"method.request.path.{name}": True for name in route.parameters},
            authorization_type=(
                apigateway.AuthorizationType.CUSTOM
                if route.authorizer
                else apigateway.AuthorizationType.NONE
            ),
            authorizer=authorizers[route.authorizer] if route.authorizer else None,
        )
        if route.authorizer is None:
            acknowledge(method, _OPEN_REASON)

    def _permit(self, name: str) -> None:
        """Let this API alone, by its one stage, call the function for any of its routes."""
        stage = self.api.deployment_stage.stage_name
        self._functions[name].add_permission(
            f"{construct_id(name)}Permission",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self.api.arn_for_execute_api(stage=stage),
            scope=self,
        )

    def _domain(self) -> apigateway.DomainName:
        deployment, host = self._platform.deployment, self._host
        name = deployment.domain(host)
        imported = deployment.certificate_arns.get(host)
        certificate: acm.ICertificate = (
            acm.Certificate.from_certificate_arn(self, "Certificate", imported)
            if imported
            else acm.Certificate(
                self,
                "Certificate",
                domain_name=name,
                validation=acm.CertificateValidation.from_dns(),
            )
        )
        alarm(
            self,
            "CertificateEnds",
            f"The certificate of {host} ends in less than 30 days",
            certificate.metric_days_to_expiry(),
            self._platform.alarms,
            threshold=30,
            below=True,
        )
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=self._tls[0],
            endpoint_access_mode=self._tls[1],
            mtls=self._mtls(),
        )
        if deployment.local(host):
            acknowledge(domain, _LOCAL_REASON)
        domain.add_base_path_mapping(self.api, stage=self.api.deployment_stage)
        return domain

    def _outputs(self) -> None:
        # The outputs for DNS: a CNAME to the target, or an alias record of the target in its zone.
        for output, value in (
            ("Url", self._platform.deployment.api_url(self._host)),
            ("DomainTarget", self.domain.domain_name_alias_domain_name),
            ("DomainZone", self.domain.domain_name_alias_hosted_zone_id),
        ):
            CfnOutput(Stack.of(self), f"{self._host.capitalize()}{output}", value=value)

    def _mtls(self) -> apigateway.MTLSConfig | None:
        if self._truststore is None:
            return None
        uri, version = self._truststore
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return apigateway.MTLSConfig(
            bucket=s3.Bucket.from_bucket_name(self, "Truststore", bucket), key=key, version=version
        )

    def _alarms(self) -> None:
        alarm(
            self,
            "ServerErrors",
            f"More than 1 % of the requests to {self._host} end in a server error",
            self.api.metric_server_error(period=Duration.minutes(5), statistic="Average"),
            self._platform.alarms,
            threshold=0.01,
        )
        alarm(
            self,
            "Slow",
            f"One request in a hundred to {self._host} takes more than 10 seconds",
            cloudwatch.Metric(
                namespace="AWS/ApiGateway",
                metric_name="Latency",
                dimensions_map={"ApiName": f"drimbox-{self._host}"},
                period=Duration.minutes(5),
                statistic="p99",
            ),
            self._platform.alarms,
            threshold=10_000,
            periods=3,
        )
