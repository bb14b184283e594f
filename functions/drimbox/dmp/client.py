"""The DMP's client: publish (ITI-41), withdraw (ITI-57), query (ITI-18), every outcome told apart.

The errors tell whether the DMP may have committed the request. A request that cannot have arrived,
or that the DMP says it did not take, raises DmpUnavailable. A request that left without a readable
answer raises DmpOutcomeUnknown, and only a query tells (:mod:`functions.drimbox.dmp.reconcile`). A
clear refusal raises DmpRefused, and IdentityRefused where the DMP refuses the caller's identity. A
query commits nothing, so its doubtful outcomes are DmpUnavailable too.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from xml.sax.saxutils import quoteattr

import httpx
from lxml import etree

from functions.drimbox.dmp import queries, registry, soap, xds
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry, RegistryResponse
from functions.drimbox.dmp.vihf import VihfBuilder
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    IdentityRefused,
    Transient,
)
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Uid
from functions.drimbox.ports import Clock, Uids
from functions.drimbox.transport import bounded_body

PROVIDE_AND_REGISTER: Final = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
UPDATE_DOCUMENT_SET: Final = "urn:ihe:iti:2010:UpdateDocumentSet"
REGISTRY_STORED_QUERY: Final = "urn:ihe:iti:2007:RegistryStoredQuery"

# Nothing of the request was sent.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
# The registry or repository says that it took nothing (ITI TF-3 table 4.2.4.1-2).
BUSY: Final = frozenset(
    {
        "XDSRegistryBusy",
        "XDSRepositoryBusy",
        "XDSRegistryOutOfResources",
        "XDSRepositoryOutOfResources",
        "XDSRegistryNotAvailable",
    }
)
# Our submission set is already there: an earlier send of the same bytes was committed.
ALREADY_SUBMITTED: Final = "XDSDuplicateUniqueIdInRegistry"
# WS-Security 1.1 12: the VIHF or the certificate was refused, before anything else.
_SECURITY_FAULTS: Final = frozenset(
    {
        "UnsupportedSecurityToken",
        "UnsupportedAlgorithm",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "FailedAuthentication",
        "FailedCheck",
        "SecurityTokenUnavailable",
        "MessageExpired",
    }
)
# A request that was too slow, or a clock: it says nothing of whose certificate it was.
_NOT_OF_IDENTITY: Final = frozenset({"MessageExpired"})
# The same, said by HTTP (the last two by nginx about the client certificate).
_IDENTITY_STATUSES: Final = frozenset({401, 403, 495, 496})
# The same, said by TLS: the server does not take our certificate (RFC 8446 6.2).
_CERTIFICATE_ALERTS: Final = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
)
# SOAP 1.2 part 1, 5.4.6: these say that the request was not processed.
_NOT_PROCESSED: Final = frozenset(
    {"Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"}
)
_TRY_LATER: Final = frozenset({429, 503})
_TIMEOUT: Final = 408


@dataclass(frozen=True, slots=True)
class DmpEndpoints:
    """URLs of the two services (…/si-dmp-server/v2/services/repository and …/registry)."""

    repository: str
    registry: str

    @classmethod
    def under(cls, base: str) -> DmpEndpoints:
        """The services under ``base`` (…/si-dmp-server/v2/services)."""
        root = base.rstrip("/")
        return cls(f"{root}/repository", f"{root}/registry")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document to send: the id of its ExtrinsicObject, and its raw bytes."""

    object_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission exactly as it was stored before its first send: a re-send sends these bytes.

    ``metadata`` is lcm:SubmitObjectsRequest as :func:`functions.drimbox.dmp.metadata.build` wrote
    it.
    """

    metadata: bytes
    documents: tuple[StoredDocument, ...]

    def __repr__(self) -> str:
        return f"StoredSubmission({len(self.documents)} documents)"


class DmpClient:
    """One structure's client of the DMP. ``http`` presents its ORG_AUTH_CLI certificate.

    It keeps no state between calls, so calls in parallel cannot mix; each answer must name its own
    request (RelatesTo). ``clock`` and ``uids`` date and name each assertion and message. Every call
    takes a ``vihf`` builder, used once, just before the request leaves.
    """

    def __init__(
        self, http: httpx.Client, endpoints: DmpEndpoints, clock: Clock, uids: Uids
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._clock = clock
        self._uids = uids

    def submit(self, submission: StoredSubmission, vihf: VihfBuilder) -> None:
        """ITI-41; returns when the DMP says Success. The entryUUIDs must then be asked for.

        Raises DmpUnavailable, DmpOutcomeUnknown (also when the DMP already knows this submission
        set: an earlier send arrived) or DmpRefused.
        """
        url, action = self._endpoints.repository, PROVIDE_AND_REGISTER
        message_id, root = self._envelope(url, action, _provide_and_register(submission), vihf)
        message = soap.mtom(
            root,
            [soap.Attachment(_content_id(d.object_id), d.content) for d in submission.documents],
            action=action,
            boundary=f"drimbox-{self._uids.fresh()}",
        )
        answer = self._exchange(
            url, message.content_type, message.parts, message_id, DmpOutcomeUnknown
        )
        _require_committed(answer)

    def update(self, metadata: bytes, vihf: VihfBuilder) -> None:
        """ITI-57, of metadata as :mod:`functions.drimbox.dmp.withdrawal` wrote it; returns when the
        DMP says Success. Raises as :meth:`submit`."""
        url, action = self._endpoints.registry, UPDATE_DOCUMENT_SET
        message_id, root = self._envelope(url, action, metadata, vihf)
        content_type = soap.plain_content_type(action)
        _require_committed(
            self._exchange(url, content_type, (root,), message_id, DmpOutcomeUnknown)
        )

    def get_by_unique_id(self, unique_id: Uid, vihf: VihfBuilder) -> tuple[DocumentEntry, ...]:
        """Every entry of the document ``unique_id``, active or not. Raises DmpUnavailable,
        DmpRefused."""
        return self._query(queries.get_documents(unique_id), vihf)

    def find_by_reference_id(
        self, patient: Ins, reference_id: str, vihf: VihfBuilder
    ) -> tuple[DocumentEntry, ...]:
        """Active documents of ``patient`` that hold ``reference_id`` (a whole CXi, such as those of
        :func:`functions.drimbox.dmp.metadata.reference_ids`). Raises DmpUnavailable, DmpRefused."""
        return self._query(queries.find_by_reference_id(patient, reference_id), vihf)

    def find_documents(self, query: DocumentQuery, vihf: VihfBuilder) -> tuple[DocumentEntry, ...]:
        """Active manifests of a patient. Raises DmpUnavailable, DmpRefused."""
        return self._query(queries.find_documents(query), vihf)

    def _query(self, body: bytes, vihf: VihfBuilder) -> tuple[DocumentEntry, ...]:
        url, action = self._endpoints.registry, REGISTRY_STORED_QUERY
        message_id, root = self._envelope(url, action, body, vihf)
        content_type = soap.plain_content_type(action)
        answer = self._exchange(url, content_type, (root,), message_id, DmpUnavailable)
        _require_success(_read(registry.read_response, answer, DmpUnavailable), DmpUnavailable)
        return _read(registry.read_entries, answer, DmpUnavailable)

    def _envelope(self, url: str, action: str, body: bytes, vihf: VihfBuilder) -> tuple[str, bytes]:
        message_id = f"urn:uuid:{self._uids.fresh()}"
        assertion = vihf(self._clock.now(), self._uids.fresh())
        root = soap.envelope(
            action=action, to=url, message_id=message_id, vihf=assertion, body=body
        )
        return message_id, root

    def _exchange(
        self,
        url: str,
        content_type: str,
        parts: tuple[bytes, ...],
        message_id: str,
        doubt: type[Transient],
    ) -> etree._Element:
        """Send one request and return the body element of its answer, or raise as told above."""
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(sum(map(len, parts))),
            "Accept": "application/soap+xml, multipart/related",
            "Accept-Encoding": "identity",
        }
        try:
            with self._http.stream("POST", url, content=iter(parts), headers=headers) as response:
                if response.status_code in _TRY_LATER:
                    raise DmpUnavailable(f"HTTP {response.status_code}")
                data = bounded_body(response, soap.MAX_ANSWER)
        except httpx.RequestError as error:
            alert = _certificate_alert(error)
            if alert:
                raise IdentityRefused((alert,)) from error
            if not isinstance(error, _NOT_SENT):
                raise doubt(type(error).__name__) from error
            raise DmpUnavailable(type(error).__name__) from error
        return _body(response, data, message_id, doubt)


def _certificate_alert(error: BaseException) -> str:
    """The TLS alert by which the server refused our certificate, "" for anything else.

    In TLS 1.3 it comes after our handshake, when the request may have left, although the DMP has
    read none of it.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            reason = str(getattr(seen, "reason", ""))  # not all of them have one
            return reason if reason.endswith(_CERTIFICATE_ALERTS) else ""
        seen = seen.__cause__ or seen.__context__
    return ""


def _provide_and_register(submission: StoredSubmission) -> bytes:
    documents = (
        f"<xdsb:Document id={quoteattr(d.object_id)}>".encode()
        + soap.include(_content_id(d.object_id))
        + b"</xdsb:Document>"
        for d in submission.documents
    )
    name = "ProvideAndRegisterDocumentSetRequest"
    return b"".join(
        (
            f'<xdsb:{name} xmlns:xdsb="{xds.XDSB}">'.encode(),
            submission.metadata,
            *documents,
            f"</xdsb:{name}>".encode(),
        )
    )


def _content_id(object_id: str) -> str:
    return f"{object_id}@drimbox"


def _body(
    response: httpx.Response, data: bytes, message_id: str, doubt: type[Transient]
) -> etree._Element:
    status = response.status_code
    try:
        answer = soap.read_answer(response.headers.get("Content-Type", ""), data)
    except soap.AnswerUnreadable as error:
        if status in _IDENTITY_STATUSES:
            raise IdentityRefused((f"http_{status}",)) from error
        if 300 <= status < 500 and status != _TIMEOUT:
            raise DmpRefused((f"http_{status}",)) from error
        raise doubt(f"HTTP {status}, {error}") from error
    # A fault may be raised before the request's headers were read; it then relates to nothing.
    if answer.relates_to != message_id and (answer.relates_to or answer.fault is None):
        raise doubt("the answer relates to another request")
    if answer.fault is not None:
        raise _refusal(answer.fault, doubt)
    if status != httpx.codes.OK or answer.body is None:
        raise doubt(f"HTTP {status}")
    return answer.body


def _refusal(fault: soap.Fault, doubt: type[Transient]) -> DmpRefused | Transient:
    names = (fault.code, *fault.subcodes)
    security = _SECURITY_FAULTS.intersection(names)
    if security - _NOT_OF_IDENTITY:
        return IdentityRefused(fault.subcodes or (fault.code,))
    if security or fault.code in _NOT_PROCESSED:
        return DmpRefused(fault.subcodes or (fault.code,))
    return doubt(f"SOAP fault {fault.code}")


_T = TypeVar("_T")


def _read(
    reader: Callable[[etree._Element], _T], element: etree._Element, doubt: type[Transient]
) -> _T:
    try:
        return reader(element)
    except soap.AnswerUnreadable as error:
        raise doubt(str(error)) from error


def _require_committed(answer: etree._Element) -> None:
    """Require a Success as the answer to a request that changes the registry."""
    response = _read(registry.read_response, answer, DmpOutcomeUnknown)
    if ALREADY_SUBMITTED in response.error_codes:
        raise DmpOutcomeUnknown("the submission set is already known: reconcile")
    _require_success(response, DmpOutcomeUnknown)


def _require_success(response: RegistryResponse, doubt: type[Transient]) -> None:
    """Success without an error passes. An answer that contradicts itself (Failure without an error,
    Success with one, partial success of an atomic request) is doubtful.
    """
    codes = response.error_codes
    if response.status == registry.SUCCESS and not codes:
        return
    if response.status != registry.FAILURE or not codes:
        raise doubt("a registry response that contradicts itself")
    if BUSY.issuperset(codes):
        raise DmpUnavailable(", ".join(codes))
    raise DmpRefused(codes)
