"""AWS Signature Version 4, verified: the signature, the date, the expiry, the signed headers.

The canonical form is computed by botocore, the implementation that signs for every client here.
("Signature Version 4 signing process"; "Authenticating Requests: Using Query Parameters".)
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.aws.web import Request

MAX_SKEW: Final = timedelta(minutes=15)
MAX_EXPIRES_SECONDS: Final = 604_800
ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{{64}})"
)
_QUERY_FIELDS: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


class SignatureError(Exception):
    """A request that is not signed as it must be: ``status`` and ``code`` are those of S3."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


# The access key ids of loans begin so, as AWS's do.
LENT: Final = "ASIA"


@dataclass(frozen=True, slots=True)
class Loan:
    """The session of a lent role (its ARN), with its tags."""

    role: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of the signature, and when it was made (UTC); ``loan``: by whose session, None for
    the key of the installation."""

    service: str
    region: str
    presigned: bool
    signed_at: datetime
    loan: Loan | None = None


class Loans(Protocol):
    """The loans that are in force."""

    def open(self, access_key_id: str, token: str) -> tuple[str, Loan]:
        """The secret of a loan, and the loan.

        Raises:
            SignatureError: it is none of ours, or it has ended.
        """
        ...

    def allows(self, loan: Loan, action: str, resource: str, *, alias: str = "") -> bool:
        """Whether the loan's role lets it do ``action`` on ``resource`` (an ARN)."""
        ...


@dataclass(frozen=True, slots=True)
class _Claim:
    """The signature as presented, not yet believed."""

    access_key_id: str
    date: str
    region: str
    service: str
    timestamp: str
    signed_headers: frozenset[str]
    signature: str
    presigned: bool


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows the one access key of the installation, and its ``loans``, if it lends any. ``now``
    gives the time in UTC."""

    access_key_id: str
    secret_access_key: str
    now: Callable[[], datetime]
    loans: Loans | None = None

    def verify(self, request: Request, body: bytes | None = None) -> Scope:
        """Check the signature of ``request``.

        ``body`` is the payload, where its hash is part of the signature without a header that
        gives it (every service but S3).

        Raises:
            SignatureError: unsigned, signed twice, expired, or not signed by our key.
        """
        claim = self._claim(request)
        secret, loan = self._known(claim, request)
        for name in {name.lower() for name in request.headers}:
            if name.startswith("x-amz-") and name not in claim.signed_headers:
                raise SignatureError(
                    403, "AccessDenied", "There were headers present which were not signed"
                )
        ours = self._signature(request, claim, body, secret)
        # As bytes: a forged signature may hold any character.
        if not hmac.compare_digest(ours.encode(), claim.signature.encode()):
            raise SignatureError(
                403, "SignatureDoesNotMatch", "The signature does not match the request."
            )
        return Scope(claim.service, claim.region, claim.presigned, _time(claim.timestamp), loan)

    def _known(self, claim: _Claim, request: Request) -> tuple[str, Loan | None]:
        """The secret of the key that the claim names, and the loan that it is of."""
        if claim.access_key_id == self.access_key_id:
            return self.secret_access_key, None
        given = request.query if claim.presigned else request.headers
        token = given.get("X-Amz-Security-Token")
        if self.loans is None or token is None:
            raise SignatureError(403, "InvalidAccessKeyId", "The access key id does not exist.")
        return self.loans.open(claim.access_key_id, str(token))

    def _claim(self, request: Request) -> _Claim:
        query = request.query
        authorization = request.header("Authorization")
        presigned = any(name in query for name in ("X-Amz-Signature", "X-Amz-Algorithm"))
        if presigned and authorization is not None:
            raise SignatureError(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter,"
                " Signature query string parameter or the Authorization header should be specified",
            )
        if presigned:
            return self._presigned(request, query)
        if authorization is None:
            raise SignatureError(403, "AccessDenied", "Access Denied")
        return self._from_header(request, authorization)

    def _presigned(self, request: Request, query: dict[str, str]) -> _Claim:
        names = [pair.partition("=")[0] for pair in request.raw_query.split("&")]
        if any(names.count(field) != 1 for field in _QUERY_FIELDS):
            raise SignatureError(
                400, "AuthorizationQueryParametersError", "Query-string authentication is malformed"
            )
        expires = query["X-Amz-Expires"]
        if (
            query["X-Amz-Algorithm"] != ALGORITHM
            or not re.fullmatch(r"\d{1,6}", expires, re.ASCII)
            or not 1 <= int(expires) <= MAX_EXPIRES_SECONDS
        ):
            raise SignatureError(
                400, "AuthorizationQueryParametersError", "Query-string authentication is malformed"
            )
        claim = _read_claim(
            query["X-Amz-Credential"],
            query["X-Amz-Date"],
            query["X-Amz-SignedHeaders"],
            query["X-Amz-Signature"],
            presigned=True,
        )
        signed_at = _time(claim.timestamp)
        if signed_at - MAX_SKEW > self.now():
            raise SignatureError(403, "AccessDenied", "Request is not valid yet")
        if self.now() > signed_at + timedelta(seconds=int(expires)):
            raise SignatureError(403, "AccessDenied", "Request has expired")
        return claim

    def _from_header(self, request: Request, authorization: str) -> _Claim:
        match = _AUTHORIZATION.fullmatch(authorization)
        timestamp = request.header("X-Amz-Date")
        if match is None or timestamp is None:
            raise SignatureError(
                400, "AuthorizationHeaderMalformed", "The authorization header is malformed"
            )
        claim = _read_claim(match[1], timestamp, match[2], match[3], presigned=False)
        if abs(self.now() - _time(claim.timestamp)) > MAX_SKEW:
            raise SignatureError(
                403, "RequestTimeTooSkewed", "The request's time is too far from the server's."
            )
        return claim

    def _signature(self, request: Request, claim: _Claim, body: bytes | None, secret: str) -> str:
        target = request.target
        if claim.presigned:
            pairs = request.raw_query.split("&")
            kept = [pair for pair in pairs if not pair.startswith("X-Amz-Signature=")]
            target = f"{request.raw_path}?{'&'.join(kept)}"
        host = request.header("Host") or ""
        headers = {
            name: str(value)
            for name, value in request.headers.items()
            if name.lower() in claim.signed_headers
        }
        signed = AWSRequest(request.method, f"http://{host}{target}", headers=headers, data=body)
        signed.context["timestamp"] = claim.timestamp
        credentials = Credentials(claim.access_key_id, secret)
        signer: SigV4Auth
        if claim.presigned:
            signer = S3SigV4QueryAuth(credentials, claim.service, claim.region)
        elif claim.service == "s3":
            signer = S3SigV4Auth(credentials, claim.service, claim.region)
        else:
            signer = SigV4Auth(credentials, claim.service, claim.region)
        canonical = signer.canonical_request(signed)
        return str(signer.signature(signer.string_to_sign(signed, canonical), signed))


def _read_claim(
    credential: str, timestamp: str, signed_headers: str, signature: str, *, presigned: bool
) -> _Claim:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request" or parts[1] != timestamp[:8]:
        raise SignatureError(
            400, "AuthorizationHeaderMalformed", "The credential scope is malformed"
        )
    headers = frozenset(signed_headers.lower().split(";"))
    if "host" not in headers:
        raise SignatureError(403, "AccessDenied", "The host header is not signed")
    return _Claim(parts[0], parts[1], parts[2], parts[3], timestamp, headers, signature, presigned)


def _time(timestamp: str) -> datetime:
    try:
        return datetime.strptime(timestamp, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise SignatureError(
            400, "AuthorizationHeaderMalformed", "The date of the signature is malformed"
        ) from None
