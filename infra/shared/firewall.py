"""The web firewall before each host: sizes, known attacks, one address's rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.routes import Host
from infra.shared.deployment import Deployment

# An HL7 message carries a CDA in base64 and XML in its fields, a rejection note any byte; a request
# for images may carry ten lines of Accept and no User-Agent. These rules of the common set would
# refuse good callers, and our own parsers refuse the attacks that they look for.
_COUNTED_WITH_BODIES: Final = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
    "NoUserAgent_HEADER",
)


# Requests of one address in five minutes on the routes that a stranger may call: a probe asks every
# few seconds, a person signs in a few times, and many persons may share one address.
STRANGERS_PER_ADDRESS: Final = 300


@dataclass(frozen=True, slots=True)
class Shape:
    """``content_length``: a header that matches is too large. ``counted``: common rules that only
    count. ``strangers``: the paths, decoded, that are served without any credential;
    ``strangers_method``: the method that is, whatever the path.
    """

    content_length: str
    counted: tuple[str, ...]
    strangers: str = ""
    strangers_method: str = ""


# WAF sees the first 16 KB of a body only, so that sizes are judged by the declared length; a
# request that declares none is stopped at 10 MB by API Gateway and at its route's own limit by the
# function.
SHAPES: Final[dict[Host, Shape]] = {
    "in": Shape("^[0-9]{8,}$", _COUNTED_WITH_BODIES),
    "db": Shape("^[0-9]{8,}$", _COUNTED_WITH_BODIES, "/dicomweb/?$", "OPTIONS"),
    # A provider's authorization code may be long, and an operator pastes messages: each function
    # has its own limit, and our own parsers read the bodies.
    "vi": Shape(
        "^([5-9][0-9]{6}|[0-9]{8,})$",
        ("SizeRestrictions_QUERYSTRING", *_COUNTED_WITH_BODIES),
        "(/(operations|reading)/(sign-in|session)|/agents/enrol"
        "|^/tenants/[^/]+/(context|IHEInvokeImageDisplay))/?$",
    ),
}


def firewall(scope: Construct, host: Host, deployment: Deployment, stage_arn: str) -> None:
    """Put a web ACL before the stage."""
    shape = SHAPES[host]
    acl = wafv2.CfnWebACL(
        scope,
        "Firewall",
        scope="REGIONAL",
        name=f"drimbox-{host}",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=_visibility(f"drimbox-{host}"),
        rules=[
            _rule(
                1,
                "BodyTooLarge",
                wafv2.CfnWebACL.StatementProperty(
                    regex_match_statement=wafv2.CfnWebACL.RegexMatchStatementProperty(
                        field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(
                            single_header={"Name": "content-length"}
                        ),
                        regex_string=shape.content_length,
                        text_transformations=[
                            wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
                        ],
                    )
                ),
                status=413,
            ),
            _rule(
                2,
                "TooManyFromOneAddress",
                wafv2.CfnWebACL.StatementProperty(
                    rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                        aggregate_key_type="IP", limit=deployment.requests_per_address
                    )
                ),
                status=429,
            ),
            _managed(3, "AWSManagedRulesCommonRuleSet", shape.counted),
            _managed(4, "AWSManagedRulesKnownBadInputsRuleSet", ()),
            *([_strangers(5, shape)] if shape.strangers else []),
        ],
    )
    wafv2.CfnWebACLAssociation(
        scope, "FirewallAssociation", resource_arn=stage_arn, web_acl_arn=acl.attr_arn
    )


def _strangers(priority: int, shape: Shape) -> wafv2.CfnWebACL.RuleProperty:
    """One address's requests on the routes that need no credential."""
    on_these = wafv2.CfnWebACL.StatementProperty(
        regex_match_statement=wafv2.CfnWebACL.RegexMatchStatementProperty(
            field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(uri_path={}),
            regex_string=shape.strangers,
            text_transformations=[
                wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE")
            ],
        )
    )
    if shape.strangers_method:
        by_this_method = wafv2.CfnWebACL.StatementProperty(
            byte_match_statement=wafv2.CfnWebACL.ByteMatchStatementProperty(
                field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(method={}),
                positional_constraint="EXACTLY",
                search_string=shape.strangers_method,
                text_transformations=[
                    wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")
                ],
            )
        )
        on_these = wafv2.CfnWebACL.StatementProperty(
            or_statement=wafv2.CfnWebACL.OrStatementProperty(statements=[on_these, by_this_method])
        )
    return _rule(
        priority,
        "TooManyOfAStranger",
        wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP",
                limit=STRANGERS_PER_ADDRESS,
                scope_down_statement=on_these,
            )
        ),
        status=429,
    )


def _rule(
    priority: int, name: str, statement: wafv2.CfnWebACL.StatementProperty, *, status: int
) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        statement=statement,
        visibility_config=_visibility(name),
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(
                custom_response=wafv2.CfnWebACL.CustomResponseProperty(response_code=status)
            )
        ),
    )


def _managed(priority: int, name: str, counted: tuple[str, ...]) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        visibility_config=_visibility(name),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    wafv2.CfnWebACL.RuleActionOverrideProperty(
                        name=rule, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
                    )
                    for rule in counted
                ],
            )
        ),
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    # A sampled request would show tokens to anyone with access to the console.
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
