"""A shorter way through botocore for the calls that a publication is made of (decision 0099).

botocore stays in charge of each call: its hooks, its retries, its errors, its checks of the
answers. Five parts of its way are ours: the address, the user agent, the request, the signature and
the reading of an answer. Each of them leaves to botocore whatever is not as these calls are.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.endpoint import Endpoint

from functions.aws.http_exchange import Headers
from functions.aws.short_answers import ShortParsers
from functions.aws.short_requests import ShortSerializer
from functions.aws.signature import Keys, Scope, authorization, stamp_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws.http_session import Session
    from functions.drimbox.ports import Clock

# By the service. None of them has a parameter that botocore would fill.
OPERATIONS: Final = {
    "s3": frozenset({"GetObject", "PutObject"}),
    "dynamodb": frozenset(
        {
            *("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
            *("Query", "BatchGetItem", "BatchWriteItem"),
        }
    ),
    "sqs": frozenset({"SendMessage"}),
    "stepfunctions": frozenset({"StartExecution"}),
}
_MOST_BUCKETS: Final = 64
_SIGNATURES: Final = frozenset({"v4", "s3v4"})
# The words that the rules of addresses may say on a signature of our kind.
_SIGNING: Final = frozenset({"region", "signing_name", "disableDoubleEncoding"})
# Where they say it.
_SAID: Final[tuple[str, ...]] = ("auth_type", "signing")
# Headers that change on their way, or that nobody looks at: they are not signed.
_UNSIGNED: Final = ("user-agent", "x-amzn-trace-id")


def shorten(client: Any, session: Session, clock: Clock) -> None:
    """Give a client of botocore the shorter parts, and ``session`` below them. ``clock`` dates the
    signatures.

    They take the places of private attributes: the lock file pins botocore, and tests fail where a
    part is not in use.
    """
    short = OPERATIONS.get(client.meta.service_model.service_name, frozenset())
    parsers = ShortParsers(client._endpoint._response_parser_factory, short)
    client._endpoint = ShortEndpoint(client, session, parsers, short, clock)
    client._resolve_endpoint_ruleset = _Addresses(client._resolve_endpoint_ruleset, short)
    client._serializer = ShortSerializer(client._serializer, short)
    client._user_agent_creator = _Agent(client._user_agent_creator.to_string())


@dataclass(slots=True)
class _Agent:
    """The user agent: botocore puts it together anew for each call."""

    text: str

    def to_string(self) -> str:
        return self.text


@dataclass(slots=True)
class _Addresses:
    """The addresses of AWS: the rules are asked once for each bucket and operation, since the names
    of objects and tables change nothing."""

    whole: Any
    short: frozenset[str]
    _known: dict[tuple[str, str], tuple[Any, dict[str, Any]]] = field(default_factory=dict)

    def __call__(
        self,
        model: Any,
        params: Mapping[str, Any],
        context: dict[str, Any],
        **signed_before: Any,
    ) -> Any:
        """Address, headers, properties; the rules' word on the signature goes into ``context``."""
        if model.name not in self.short or signed_before or "signing" in context:
            return self.whole(model, params, context, **signed_before)
        key = model.name, params.get("Bucket", "")
        if key not in self._known:
            found = self.whole(model, params, context)
            said = {name: context[name] for name in _SAID if name in context}
            if len(self._known) >= _MOST_BUCKETS:
                self._known.clear()
            self._known[key] = found, said
            return found
        found, said = self._known[key]
        context |= said
        return found


class ShortEndpoint(Endpoint):
    """botocore's endpoint, which sends, repeats and reads; it signs the short operations itself.

    Their requests name neither the call nor the attempt (``amz-sdk-…``): no service needs them.
    """

    def __init__(
        self,
        client: Any,
        session: Session,
        parsers: ShortParsers,
        short: frozenset[str],
        clock: Clock,
    ) -> None:
        former = client._endpoint
        super().__init__(
            former.host,
            former._endpoint_prefix,
            client.meta.events,
            cast(Any, parsers),
            cast(Any, session),
        )
        self._signer = client._request_signer
        self._short = short
        self._clock = clock

    def create_request(self, params: Mapping[str, Any], operation_model: Any = None) -> Any:
        """The request of ``params`` (botocore's description), signed."""
        signed = None
        if operation_model is not None and operation_model.name in self._short:
            signed = self._signed(params, operation_model)
        return signed or super().create_request(params, operation_model)

    def _signed(self, params: Mapping[str, Any], model: Any) -> AWSPreparedRequest | None:
        """None where something of it is botocore's business."""
        context, body, url = params["context"], _bytes(params["body"]), urlsplit(params["url"])
        signer, said = self._signer, context.get("signing") or {}
        credentials = signer._credentials
        is_s3 = signer.signing_name == "s3"
        if (
            body is None
            or credentials is None
            or url.query
            or not (is_s3 or url.path in {"", "/"})
            or (context.get("auth_type") or signer.signature_version) not in _SIGNATURES
            or not said.keys() <= _SIGNING
        ):
            return None
        given = credentials.get_frozen_credentials()
        at, payload = self._clock.now(), sha256(body).hexdigest()
        sent = {name.lower(): value for name, value in params["headers"].items()}
        unsigned = {name: sent.pop(name) for name in _UNSIGNED if name in sent}
        sent.pop("expect", None)  # a round trip for nothing: the body is small
        sent |= {"host": url.netloc, "x-amz-date": stamp_of(at)}
        if given.token:
            sent["x-amz-security-token"] = given.token
        if is_s3:
            sent["x-amz-content-sha256"] = payload
        sent["authorization"] = authorization(
            params["method"],
            url.path or "/",
            sent,
            payload,
            keys=Keys(given.access_key, given.secret_key),
            scope=Scope(
                said.get("region") or signer.region_name,
                said.get("signing_name") or signer.signing_name,
            ),
            at=at,
        )
        length = {} if params["method"] == "GET" else {"content-length": str(len(body))}
        headers = Headers({**sent, **unsigned, **length})
        return AWSPreparedRequest(
            params["method"], params["url"], cast(Any, headers), body, model.has_streaming_output
        )


def _bytes(body: object) -> bytes | None:
    """A body in memory, None for any other."""
    if isinstance(body, io.BytesIO):
        return body.getvalue()
    return body if isinstance(body, bytes) else None
