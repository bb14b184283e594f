"""The DMP's client: publish (ITI-41), withdraw (ITI-57), query (ITI-18), retrieve (ITI-43), ask for
a patient's DMP (TD0.2), add an authorisation (TD0.3), every outcome told apart.

The errors tell whether the DMP may have committed the request. A request that cannot have arrived,
or that the DMP says it did not take, raises DmpUnavailable. A request that left without a readable
answer raises DmpOutcomeUnknown, and only a query tells (:mod:`functions.drimbox.dmp.reconcile`). A
clear refusal raises DmpRefused, and IdentityRefused where the DMP refuses the caller's identity. A
query commits nothing, so its doubtful outcomes are DmpUnavailable too. ``alone`` of an error tells
whether the request arrived: the DMP may then fail for this one, and take others.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from xml.sax.saxutils import quoteattr

import httpx

from functions.drimbox.dmp import authorization, existence, queries, registry, retrieve, soap, xds
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    IdentityRefused,
    Transient,
)
from functions.drimbox.transport import (
    COME_BACK,
    TIMEOUT,
    WHOLE_ANSWER,
    Patience,
    bounded_chunks,
    retry_after,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lxml import etree

    from functions.drimbox.budget import Budget
    from functions.drimbox.dmp.existence import PatientRecord
    from functions.drimbox.dmp.queries import DocumentQuery
    from functions.drimbox.dmp.registry import DocumentEntry, DocumentList, RegistryResponse
    from functions.drimbox.dmp.retrieve import Retrieved
    from functions.drimbox.dmp.stored_submission import StoredSubmission
    from functions.drimbox.dmp.vihf import VihfBuilder
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Oid, Uid
    from functions.drimbox.ports import Clock, Uids

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
_TIMEOUT: Final = 408


# A submission of several megabytes goes out within it too.
_USUAL: Final = Patience(TIMEOUT, 2 * WHOLE_ANSWER)
# A professional waits for these, and so does a function of 28 seconds, which must end by itself: a
# function that is stopped leaves no audit record. A list's page asks one of each.
SHORT: Final = Patience(httpx.Timeout(connect=2.0, read=3.0, write=3.0, pool=2.0), 5.0)
SHOWN: Final = Patience(httpx.Timeout(connect=3.0, read=4.0, write=4.0, pool=3.0), 11.0)


@frozen
class DmpEndpoints:
    """URLs of the services, each under …/si-dmp-server/v2/services."""

    repository: str
    registry: str
    patients: str
    habilitations: str

    @classmethod
    def under(cls, base: str) -> DmpEndpoints:
        """The services under ``base`` (…/si-dmp-server/v2/services)."""
        root = base.rstrip("/")
        return cls(
            f"{root}/repository", f"{root}/registry", f"{root}/patients", f"{root}/habilitations"
        )


class _Sent(NamedTuple):
    """One request as it goes out."""

    url: str
    content_type: str
    parts: tuple[bytes, ...]
    message_id: str


class _Whole(NamedTuple):
    """The body element of an answer, and the MTOM parts beside it."""

    body: etree._Element
    parts: Mapping[str, bytes]


class DmpClient:
    """One structure's client of the DMP. ``http`` presents its ORG_AUTH_CLI certificate.

    It keeps no state between calls, so calls in parallel cannot mix; each answer must name its own
    request (RelatesTo). ``clock`` and ``uids`` date and name each assertion and message. Every call
    takes a ``vihf`` builder, used once, just before the request leaves. Where somebody waits, all
    calls share the ``budget`` of that person's request: none is made once it is spent (code
    ``timeout``).
    """

    def __init__(
        self,
        http: httpx.Client,
        endpoints: DmpEndpoints,
        clock: Clock,
        uids: Uids,
        *,
        budget: Budget | None = None,
    ) -> None:
        self._http = http
        self._endpoints = endpoints
        self._clock = clock
        self._uids = uids
        self._budget = budget

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

    def get_before_showing(self, unique_id: str, vihf: VihfBuilder) -> tuple[DocumentEntry, ...]:
        """The same for a document that somebody waits for, with little patience: its retrieval
        comes after it. ``unique_id`` may have an extension (OID^extension)."""
        root = self._ask(queries.get_documents(unique_id), vihf, patience=SHORT)
        return _read(registry.read_entries, root, DmpUnavailable)

    def find_by_reference_id(
        self, patient: Ins, reference_id: str, vihf: VihfBuilder
    ) -> tuple[DocumentEntry, ...]:
        """Active documents of ``patient`` that hold ``reference_id`` (a whole CXi, such as those of
        :func:`functions.drimbox.dmp.metadata.reference_ids`). Raises DmpUnavailable, DmpRefused."""
        return self._query(queries.find_by_reference_id(patient, reference_id), vihf)

    def find_documents(self, query: DocumentQuery, vihf: VihfBuilder) -> tuple[DocumentEntry, ...]:
        """Documents of a patient, each of them readable. Raises DmpUnavailable, DmpRefused."""
        return self._query(queries.find_documents(query), vihf, patience=SHOWN)

    def ask_for_record(self, patient: Ins, sender: Oid, vihf: VihfBuilder) -> PatientRecord:
        """TD0.2: the state of the patient's DMP, and of the structure's authorisation.

        ``sender`` is the OID of the asking system. Raises DmpUnavailable, DmpRefused.
        """
        question = existence.Question(patient, sender, self._uids.fresh(), self._uids.fresh())
        url, action = self._endpoints.patients, existence.ACTION
        body = existence.ask(question, self._clock.now())
        message_id, root = self._envelope(url, action, body, vihf)
        content_type = soap.plain_content_type(action)
        answer = self._exchange(
            url, content_type, (root,), message_id, DmpUnavailable, patience=SHORT
        )
        return _read(lambda one: existence.read(one, question), answer, DmpUnavailable)

    def authorize(self, vihf: VihfBuilder) -> None:
        """TD0.3: add the structure's authorisation to consult the DMP of the VIHF's patient.

        It returns when the DMP says so. Raises DmpUnavailable, DmpOutcomeUnknown or DmpRefused.
        """
        url, action = self._endpoints.habilitations, authorization.ACTION
        message_id, root = self._envelope(url, action, authorization.ADD.encode(), vihf)
        content_type = soap.plain_content_type(action)
        doubt = DmpOutcomeUnknown
        answer = self._exchange(url, content_type, (root,), message_id, doubt, patience=SHORT)
        _read(authorization.read, answer, doubt)

    def list_documents(self, query: DocumentQuery, vihf: VihfBuilder) -> DocumentList:
        """Documents of a patient, thousands of them, and how many could not be read. Raises
        DmpUnavailable, DmpRefused."""
        gathering = registry.Gathering(query)
        each = soap.Each(registry.ENTRY, gathering.take)
        body = queries.find_documents(query)
        answer = self._ask(body, vihf, each, patience=SHOWN)
        return _read(gathering.finish, answer, DmpUnavailable)

    def retrieve(self, entries: Sequence[DocumentEntry], vihf: VihfBuilder) -> Retrieved:
        """ITI-43: the documents of these entries, each proved by its size and hash.

        Of several documents the DMP may give some. Raises DmpRefused when it gives none for errors
        of its own, DmpUnavailable for an answer that is none, ValueError for entries that are not
        to be asked for together (``retrieve.are_retrievable``).
        """
        if not retrieve.are_retrievable(entries):
            raise ValueError("documents that cannot be asked for")
        url, action = self._endpoints.repository, retrieve.ACTION
        message_id, root = self._envelope(url, action, retrieve.request(entries), vihf)
        sent = _Sent(url, soap.plain_content_type(action), (root,), message_id)
        limit = retrieve.longest_answer(entries)
        answer = self._whole(sent, DmpUnavailable, patience=SHOWN, max_bytes=limit)
        status = _read(retrieve.response_of, answer.body, DmpUnavailable)
        if status.status != retrieve.PARTIAL:
            _require_success(status, DmpUnavailable)
        return _read(
            lambda one: retrieve.read(one, answer.parts, entries), answer.body, DmpUnavailable
        )

    def _query(
        self, body: bytes, vihf: VihfBuilder, *, patience: Patience = _USUAL
    ) -> tuple[DocumentEntry, ...]:
        answer = self._ask(body, vihf, patience=patience)
        return _read(registry.read_entries, answer, DmpUnavailable)

    def _ask(
        self,
        body: bytes,
        vihf: VihfBuilder,
        each: soap.Each | None = None,
        *,
        patience: Patience,
    ) -> etree._Element:
        """The successful answer to a stored query."""
        url, action = self._endpoints.registry, REGISTRY_STORED_QUERY
        message_id, root = self._envelope(url, action, body, vihf)
        content_type = soap.plain_content_type(action)
        answer = self._exchange(
            url, content_type, (root,), message_id, DmpUnavailable, patience=patience, each=each
        )
        _require_success(_read(registry.read_response, answer, DmpUnavailable), DmpUnavailable)
        return answer

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
        *,
        patience: Patience = _USUAL,
        each: soap.Each | None = None,
    ) -> etree._Element:
        """Send one request and return the body element of its answer, or raise as told above."""
        sent = _Sent(url, content_type, parts, message_id)
        max_bytes = soap.MAX_LIST if each else soap.MAX_ANSWER
        return self._whole(sent, doubt, patience=patience, max_bytes=max_bytes, each=each).body

    def _whole(
        self,
        sent: _Sent,
        doubt: type[Transient],
        *,
        patience: Patience,
        max_bytes: int,
        each: soap.Each | None = None,
    ) -> _Whole:
        headers = {
            "Content-Type": sent.content_type,
            "Content-Length": str(sum(map(len, sent.parts))),
            "Accept": "application/soap+xml, multipart/related",
            "Accept-Encoding": "identity",
        }
        if self._budget is not None and self._budget.is_spent:
            raise DmpUnavailable("not asked: the time of the request is over", code="timeout")
        deadline = patience.within(self._budget).begin()
        try:
            with self._http.stream(
                "POST",
                sent.url,
                content=iter(sent.parts),
                headers=headers,
                extensions={"timeout": deadline},
            ) as response:
                if response.status_code in COME_BACK:
                    raise DmpUnavailable(
                        f"HTTP {response.status_code}",
                        retry_after=retry_after(response),
                        alone=response.status_code != httpx.codes.TOO_MANY_REQUESTS,
                    )
                chunks = bounded_chunks(response, max_bytes, max_seconds=deadline.left)
                return _answer(response, chunks, sent.message_id, doubt, each)
        except httpx.RequestError as error:
            alert = _certificate_alert(error)
            if alert:
                raise IdentityRefused((alert,)) from error
            if not isinstance(error, _NOT_SENT):
                raise doubt(type(error).__name__, alone=True) from error
            raise DmpUnavailable(type(error).__name__) from error


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


def _answer(
    response: httpx.Response,
    chunks: Iterable[bytes],
    message_id: str,
    doubt: type[Transient],
    each: soap.Each | None,
) -> _Whole:
    """The answer's body, from its ``chunks``, bounded already; their errors leave as they are."""
    status = response.status_code
    content_type = response.headers.get("Content-Type", "")
    try:
        if each is None:
            data = b"".join(chunks)
            answer = soap.read_answer(content_type, data, max_bytes=len(data))
        else:
            answer = soap.read_list_answer(content_type, chunks, each)
    except soap.AnswerUnreadable as error:
        if status in _IDENTITY_STATUSES:
            raise IdentityRefused((f"http_{status}",)) from error
        if 300 <= status < 500 and status != _TIMEOUT:
            raise DmpRefused((f"http_{status}",)) from error
        asked = retry_after(response)
        raise doubt(f"HTTP {status}, {error}", retry_after=asked, alone=True) from error
    # A fault may be raised before the request's headers were read; it then relates to nothing.
    if answer.relates_to != message_id and (answer.relates_to or answer.fault is None):
        raise doubt("the answer relates to another request", alone=True)
    if answer.fault is not None:
        raise _refusal(answer.fault, doubt, retry_after(response))
    if status != httpx.codes.OK or answer.body is None:
        raise doubt(f"HTTP {status}", retry_after=retry_after(response), alone=True)
    return _Whole(answer.body, answer.parts)


def _refusal(
    fault: soap.Fault, doubt: type[Transient], asked: tuple[str, ...]
) -> DmpRefused | Transient:
    names = (fault.code, *fault.subcodes)
    security = _SECURITY_FAULTS.intersection(names)
    if security - _NOT_OF_IDENTITY:
        return IdentityRefused(fault.subcodes or (fault.code,))
    if security or fault.code in _NOT_PROCESSED:
        return DmpRefused(fault.subcodes or (fault.code,))
    return doubt(f"SOAP fault {fault.code}", retry_after=asked, alone=True)


_T = TypeVar("_T")


def _read(
    reader: Callable[[etree._Element], _T], element: etree._Element, doubt: type[Transient]
) -> _T:
    try:
        return reader(element)
    except soap.AnswerUnreadable as error:
        raise doubt(str(error), alone=True) from error


def _require_committed(answer: etree._Element) -> None:
    """Require a Success as the answer to a request that changes the registry."""
    response = _read(registry.read_response, answer, DmpOutcomeUnknown)
    if ALREADY_SUBMITTED in response.error_codes:
        raise DmpOutcomeUnknown("the submission set is already known: reconcile", alone=True)
    _require_success(response, DmpOutcomeUnknown)


def _require_success(response: RegistryResponse, doubt: type[Transient]) -> None:
    """Success without an error passes. An answer that contradicts itself (Failure without an error,
    Success with one, partial success of an atomic request) is doubtful.
    """
    codes = response.error_codes
    if response.status == registry.SUCCESS and not codes:
        return
    if response.status != registry.FAILURE or not codes:
        raise doubt("a registry response that contradicts itself", alone=True)
    if BUSY.issuperset(codes):
        raise DmpUnavailable(", ".join(codes))
    raise DmpRefused(codes)
