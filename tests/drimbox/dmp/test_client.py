"""Every outcome of a call to the DMP is told apart: done, not taken, doubtful, refused."""

from __future__ import annotations

import hashlib
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.budget import Budget
from functions.drimbox.dmp import metadata, registry, retrieve, soap, vihf, xds
from functions.drimbox.dmp.client import SHORT, DmpClient, DmpEndpoints
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.existence import Authorization, Existence
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry, DocumentList
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.dmp.stored_submission import StoredDocument, StoredSubmission
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    DrimboxError,
    IdentityRefused,
    Transient,
)
from functions.drimbox.oid import Oid, Uid, uid_of
from functions.drimbox.safe_xml import parse
from functions.drimbox.tls import TlsIdentity, _private_file, tls_context
from functions.drimbox.transport import open_client
from simulators import pki
from tests.drimbox.dmp import answers, judges, records, samples

ENDPOINTS = DmpEndpoints.under("https://dmp.example/services/")
SUBMISSION = StoredSubmission(
    metadata.build(samples.submission_facts()),
    (
        StoredDocument(metadata.MANIFEST_OBJECT, samples.KOS),
        StoredDocument(metadata.SIGNATURE_OBJECT, b"<Signature/>"),
    ),
)
VIHF = vihf.builder(samples.vihf_facts(), samples.signer())
MESSAGE_ID = re.compile(rb"<wsa:MessageID[^>]*>([^<]+)<")
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler) -> DmpClient:
    http = open_client(transport=httpx.MockTransport(handler))
    return DmpClient(http, ENDPOINTS, samples.FixedClock(), samples.CountedUids())


def test_a_request_whose_time_is_over_asks_nobody() -> None:
    now, asked = [0.0], []

    def slow(request: httpx.Request) -> httpx.Response:
        asked.append(request.extensions["timeout"].left)
        now[0] += 9.0
        return httpx.Response(503)

    http, budget = open_client(transport=httpx.MockTransport(slow)), Budget(18.0, lambda: now[0])
    dmp = DmpClient(http, ENDPOINTS, samples.FixedClock(), samples.CountedUids(), budget=budget)
    for code in ("dmp_unavailable", "dmp_unavailable", "timeout"):
        with pytest.raises(DmpUnavailable) as raised:
            dmp.find_documents(DocumentQuery(samples.INS), VIHF)
        assert raised.value.code == code
    first, second = asked
    assert 9.0 < first <= 11.0
    assert 8.0 < second <= 9.0


def message_id(request: httpx.Request) -> str:
    found = MESSAGE_ID.search(request.read())
    assert found is not None
    return found[1].decode()


def answering(body: str, status: int = 200, relates_to: str | None = None) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        related = message_id(request) if relates_to is None else relates_to
        return httpx.Response(
            status,
            content=answers.envelope(body, related),
            headers={"Content-Type": "application/soap+xml; charset=UTF-8"},
        )

    return handle


def raising(error: Exception) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    return handle


def plain(status: int, content: bytes = b"<html>non</html>") -> Handler:
    return lambda request: httpx.Response(status, content=content)


def submit(handler: Handler) -> None:
    client(handler).submit(SUBMISSION, VIHF)


def query(handler: Handler) -> None:
    client(handler).get_by_unique_id(samples.MANIFEST, VIHF)


def later(status: int, body: str | None = None) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        found = answering(body, status)(request) if body else httpx.Response(status, content=b"")
        found.headers["Retry-After"] = "600"
        return found

    return handle


@pytest.mark.parametrize("call", [submit, query])
@pytest.mark.parametrize(
    "handler",
    [
        later(429),
        later(503),
        later(500),
        later(504),
        later(500, answers.registry_response()),
        later(500, answers.fault("Receiver")),
    ],
    ids=["429", "503", "500", "504", "500 with a body", "a fault"],
)
def test_a_refusal_tells_when_the_dmp_may_be_asked_again(
    call: Callable[[Handler], None], handler: Handler
) -> None:
    with pytest.raises(Transient) as raised:
        call(handler)
    assert raised.value.retry_after == ("600",)


def test_a_refusal_that_names_no_time_tells_none() -> None:
    with pytest.raises(Transient) as raised:
        submit(plain(503))
    assert raised.value.retry_after == ()


def test_a_submission_is_sent_as_stored() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answering(answers.registry_response())(request)

    submit(handle)
    (request,) = seen
    body = request.content
    assert str(request.url) == "https://dmp.example/services/repository"
    assert request.headers["Content-Length"] == str(len(body))
    assert "Transfer-Encoding" not in request.headers
    content_type = request.headers["Content-Type"]
    assert content_type.startswith("multipart/related; ")
    assert b"Content-ID: <DocumentKOS@drimbox>\r\n\r\n" + samples.KOS + b"\r\n--" in body
    assert b"Content-ID: <Signature01@drimbox>\r\n\r\n<Signature/>\r\n--" in body
    answer = soap.read_answer(content_type, body)
    provided = answer.body
    assert provided is not None
    assert provided.tag == f"{{{xds.XDSB}}}ProvideAndRegisterDocumentSetRequest"
    assert [str(d.get("id")) for d in list(provided)[1:]] == ["DocumentKOS", "Signature01"]
    assert [str(d[0].get("href")) for d in list(provided)[1:]] == [
        "cid:DocumentKOS@drimbox",
        "cid:Signature01@drimbox",
    ]
    assert SUBMISSION.metadata in body
    assert b"urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b</wsa:Action>" in body
    assert repr(SUBMISSION) == "StoredSubmission(2 documents)"


@judges.needs_schemas
def test_the_submitted_body_passes_the_schema_which_refuses_a_spoiled_one() -> None:
    seen: list[etree._Element] = []

    def handle(request: httpx.Request) -> httpx.Response:
        read = soap.read_answer(request.headers["Content-Type"], request.read())
        assert read.body is not None
        seen.append(read.body)
        return answering(answers.registry_response())(request)

    submit(handle)
    (body,) = seen
    for document in body.iterfind(f"{{{xds.XDSB}}}Document"):
        document.remove(document[0])
        document.text = "AAAA"  # the content that an XOP processor puts in the place of its Include
    schema = judges.xsd("xds/XDS.b_DocumentRepository.xsd")
    schema.assertValid(body)
    del body[1].attrib["id"]
    assert not schema.validate(body)


def test_each_request_carries_its_own_assertion_built_at_the_last_moment() -> None:
    calls: list[tuple[datetime, str]] = []

    def one(at: datetime, assertion_id: str) -> bytes:
        calls.append((at, assertion_id))
        return f'<a xmlns="urn:a" id="{assertion_id}"/>'.encode()

    def handle(request: httpx.Request) -> httpx.Response:
        assert f'id="{calls[-1][1]}"'.encode() in request.read()
        return answering(answers.query_response())(request)

    dmp = client(handle)
    for _ in range(3):
        assert dmp.get_by_unique_id(samples.MANIFEST, one) == ()
    assert len({assertion_id for _, assertion_id in calls}) == 3
    assert {at for at, _ in calls} == {samples.AT}


def test_queries_ask_the_registry_and_give_entries() -> None:
    asked: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "https://dmp.example/services/registry"
        assert request.headers["Content-Type"] == (
            'application/soap+xml; charset=UTF-8; action="urn:ihe:iti:2007:RegistryStoredQuery"'
        )
        asked.append(request.read())
        return answering(answers.query_response(answers.entry()))(request)

    dmp = client(handle)
    found = [
        dmp.get_by_unique_id(samples.MANIFEST, VIHF),
        dmp.find_by_reference_id(samples.INS, "A^^^&1.2&ISO^k", VIHF),
        dmp.find_documents(DocumentQuery(samples.INS, modality="US"), VIHF),
        dmp.get_before_showing(f"{samples.MANIFEST}^1", VIHF),
    ]
    assert [entries[0].entry_uuid for entries in found] == ["urn:uuid:0001"] * 4
    assert b"5c4f972b-" in asked[0]
    assert b"12941a89-" in asked[1]
    assert b"14d4debf-" in asked[2]
    assert b"5c4f972b-" in asked[3]
    assert f"{samples.MANIFEST}^1".encode() in asked[3]


def listing(handler: Handler) -> DocumentList:
    query = DocumentQuery(samples.INS, kinds=tuple(Kind), states=tuple(State))
    return client(handler).list_documents(query, VIHF)


def test_a_list_may_be_longer_than_another_answer_and_tells_what_is_missing() -> None:
    spoilt = answers.entry(
        patient=answers.PATIENT, unique_id="2.25.2", entry_uuid="urn:uuid:2", status=""
    )
    one = answers.entry(patient=answers.PATIENT)

    def longer(megabytes: int) -> str:
        blanks = "<x/>".join([" " * 2**20] * megabytes)
        return one.replace("</ExtrinsicObject>", f"{blanks}</ExtrinsicObject>")

    wide = longer(17)
    found = listing(answering(answers.query_response(spoilt + wide)))
    assert [entry.entry_uuid for entry in found.entries] == ["urn:uuid:0001"]
    assert found.unreadable == 1
    with pytest.raises(DmpUnavailable, match="TooManyBytes"):
        listing(answering(answers.query_response(longer(24))))


def test_a_list_that_is_cut_while_it_comes_is_none() -> None:
    body = answers.query_response(answers.entry(patient=answers.PATIENT))

    def handle(request: httpx.Request) -> httpx.Response:
        whole = answers.envelope(body, message_id(request))

        def cut() -> Iterator[bytes]:
            yield whole[:-20]
            raise httpx.ReadError("cut")

        return httpx.Response(200, content=cut(), headers={"Content-Type": "application/soap+xml"})

    with pytest.raises(DmpUnavailable, match="ReadError"):
        listing(handle)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (answers.query_response("", "XDSRegistryError", status="Failure"), DmpRefused),
        (answers.query_response("", "XDSRegistryBusy", status="Failure"), DmpUnavailable),
        (answers.query_response(answers.entry(), status="PartialSuccess"), DmpUnavailable),
        (answers.registry_response(), DmpUnavailable),
        (answers.fault("Sender", "FailedAuthentication"), IdentityRefused),
    ],
)
def test_a_list_that_is_none_raises(body: str, error: type[DrimboxError]) -> None:
    with pytest.raises(error):
        listing(answering(body))


REPORT = replace(
    registry.read_entries(parse(answers.query_response(answers.entry()).encode()))[0],
    sha1=hashlib.sha1(b"report", usedforsecurity=False).hexdigest(),
    size=6,
)


def retrieved(content: bytes, status: str = "", unique_id: str = REPORT.unique_id) -> Handler:
    """An MTOM answer with one document."""

    def handle(request: httpx.Request) -> httpx.Response:
        body = (
            f'<RetrieveDocumentSetResponse xmlns="{xds.XDSB}">'
            f"{status or answers.registry_response()}<DocumentResponse>"
            f"<RepositoryUniqueId>{REPORT.repository_unique_id}</RepositoryUniqueId>"
            f"<DocumentUniqueId>{unique_id}</DocumentUniqueId><Document>"
            f'<Include xmlns="{soap.XOP}" href="cid:d"/></Document></DocumentResponse>'
            "</RetrieveDocumentSetResponse>"
        )
        parts = [("r", answers.envelope(body, message_id(request))), ("d", content)]
        kind = 'multipart/related; boundary=b; start="<r>"'
        data = answers.multipart("b", parts)
        return httpx.Response(200, content=data, headers={"Content-Type": kind})

    return handle


def fetch(handler: Handler) -> Retrieved:
    return client(handler).retrieve([REPORT], VIHF)


def test_a_document_is_fetched_from_the_repository_and_proved() -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return retrieved(b"report")(request)

    assert fetch(handle) == Retrieved({REPORT.unique_id: b"report"})
    assert str(asked[0].url) == "https://dmp.example/services/repository"
    assert b"urn:ihe:iti:2007:RetrieveDocumentSet" in asked[0].read()
    assert fetch(retrieved(b"REPORT")) == Retrieved({}, frozenset({REPORT.unique_id}))
    partial = answers.registry_response("XDSDocumentUniqueIdError", status="PartialSuccess")
    partial = partial.replace(f"{answers.STATUS}PartialSuccess", retrieve.PARTIAL)
    assert fetch(retrieved(b"report", partial)).documents == {REPORT.unique_id: b"report"}


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (retrieved(b"report", unique_id="2.25.999"), DmpUnavailable),
        (retrieved(b" " * 100_000), DmpUnavailable),
        (answering(answers.registry_response()), DmpUnavailable),
        (retrieved(b"report", answers.registry_response("X", status="Failure")), DmpRefused),
        (
            retrieved(b"report", answers.registry_response("XDSRepositoryBusy", status="Failure")),
            DmpUnavailable,
        ),
        (answering(answers.fault("Sender", "FailedAuthentication")), IdentityRefused),
        (raising(httpx.ReadTimeout("slow")), DmpUnavailable),
        (plain(503), DmpUnavailable),
    ],
)
def test_a_document_that_does_not_come(handler: Handler, error: type[DrimboxError]) -> None:
    with pytest.raises(error):
        fetch(handler)


@pytest.mark.parametrize(
    "entries",
    [[], [replace(REPORT, size=None)], [replace(REPORT, size=retrieve.MAX_DOCUMENT)] * 3],
)
def test_documents_that_may_not_be_asked_for(entries: list[DocumentEntry]) -> None:
    with pytest.raises(ValueError, match="cannot be asked for"):
        client(plain(200)).retrieve(entries, VIHF)


class Drop(httpx.SyncByteStream):
    """An answer whose connection ends half-way."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"<s:Envelope"
        raise httpx.ReadError("dropped")


def oversize(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b" " * (soap.MAX_ANSWER + 1))


NOT_TAKEN: dict[str, Handler] = {
    "connect error": raising(httpx.ConnectError("no")),
    "connect timeout": raising(httpx.ConnectTimeout("no")),
    "no free connection": raising(httpx.PoolTimeout("no")),
    "503": plain(503),
    "429": plain(429),
    "busy": answering(answers.registry_response("XDSRepositoryBusy", status="Failure")),
    "out of resources": answering(
        answers.registry_response(
            "XDSRegistryOutOfResources", "urn:x:XDSRegistryBusy", status="Failure"
        )
    ),
    "registry away": answering(
        answers.registry_response("XDSRegistryNotAvailable", status="Failure")
    ),
}
DOUBTFUL: dict[str, Handler] = {
    "read timeout": raising(httpx.ReadTimeout("no")),
    "write error": raising(httpx.WriteError("no")),
    "cut connection": raising(httpx.RemoteProtocolError("no")),
    "half an answer": lambda request: httpx.Response(200, stream=Drop()),
    "too large": oversize,
    "bad gzip": lambda request: httpx.Response(
        200, stream=httpx.ByteStream(b"zz"), headers={"Content-Encoding": "gzip"}
    ),
    "garbage": plain(200),
    "empty 202": plain(202, b""),
    "408": plain(408),
    "500": plain(500),
    "502": plain(502),
    "504": plain(504),
    "receiver fault": answering(answers.fault("Receiver"), 500),
    "unrelated fault": answering(answers.fault("Sender"), 400, relates_to="urn:uuid:other"),
    "another's answer": answering(answers.registry_response(), relates_to="urn:uuid:other"),
    "unrelated answer": answering(answers.registry_response(), relates_to=""),
    "not a response": answering("<x/>"),
    "500 with success": answering(answers.registry_response(), 500),
    "failure without error": answering(answers.registry_response(status="Failure")),
    "success with error": answering(answers.registry_response("XDSRegistryError")),
    "partial": answering(answers.registry_response("XDSRegistryError", status="PartialSuccess")),
}
REFUSED: dict[str, tuple[Handler, tuple[str, ...]]] = {
    "registry error": (
        answering(
            answers.registry_response(
                "XDSPatientIdDoesNotMatch", "XDSRegistryBusy", status="Failure"
            )
        ),
        ("XDSPatientIdDoesNotMatch", "XDSRegistryBusy"),
    ),
    "other content": (
        answering(answers.registry_response("XDSNonIdenticalHash", status="Failure")),
        ("XDSNonIdenticalHash",),
    ),
    "authentication": (
        answering(answers.fault("Receiver", "FailedAuthentication"), 500),
        ("FailedAuthentication",),
    ),
    "too slow": (answering(answers.fault("Sender", "MessageExpired"), 500), ("MessageExpired",)),
    "authentication code": (answering(answers.fault("InvalidSecurity"), 500), ("InvalidSecurity",)),
    "sender": (answering(answers.fault("Sender"), 400), ("Sender",)),
    "sender, unrelated to anything": (
        answering(answers.fault("Sender", "ActionNotSupported"), 500, relates_to=""),
        ("ActionNotSupported",),
    ),
    "401": (plain(401), ("http_401",)),
    "403": (plain(403), ("http_403",)),
    "404": (plain(404), ("http_404",)),
    "302": (plain(302), ("http_302",)),
}


@pytest.mark.parametrize("call", [submit, query])
@pytest.mark.parametrize("name", NOT_TAKEN)
def test_a_send_that_was_not_taken_may_be_repeated(
    call: Callable[[Handler], None], name: str
) -> None:
    with pytest.raises(DmpUnavailable) as caught:
        call(NOT_TAKEN[name])
    assert no_patient_data(caught.value)


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_doubtful_submission_is_unknown_and_never_failed(name: str) -> None:
    with pytest.raises(DmpOutcomeUnknown) as caught:
        submit(DOUBTFUL[name])
    assert no_patient_data(caught.value)


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_doubtful_query_commits_nothing(name: str) -> None:
    with pytest.raises(DmpUnavailable):
        query(DOUBTFUL[name])


@pytest.mark.parametrize("call", [submit, query])
@pytest.mark.parametrize("name", [*NOT_TAKEN, *DOUBTFUL])
def test_a_request_that_arrived_may_fail_alone(call: Callable[[Handler], None], name: str) -> None:
    """A busy registry speaks of itself, and so does 429; no connection is no failure of one."""
    with pytest.raises((DmpUnavailable, DmpOutcomeUnknown)) as caught:
        call({**NOT_TAKEN, **DOUBTFUL}[name])
    assert caught.value.alone is (name in {*DOUBTFUL, "503"})


@pytest.mark.parametrize("call", [submit, query])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_gives_its_codes(call: Callable[[Handler], None], name: str) -> None:
    handler, codes = REFUSED[name]
    with pytest.raises(DmpRefused) as caught:
        call(handler)
    assert caught.value.registry_codes == codes
    assert no_patient_data(caught.value)


_IDENTITY: Final = {"authentication", "authentication code", "401", "403"}


@pytest.mark.parametrize("call", [submit, query])
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_of_who_asks_is_told_apart(call: Callable[[Handler], None], name: str) -> None:
    with pytest.raises(DmpRefused) as caught:
        call(REFUSED[name][0])
    assert isinstance(caught.value, IdentityRefused) is (name in _IDENTITY)


@pytest.mark.parametrize("call", [submit, query])
def test_a_certificate_that_the_server_does_not_take_is_a_refusal(
    call: Callable[[Handler], None],
) -> None:
    """Really, by TLS 1.3: the alert comes once the request may have left."""
    now = datetime.now(UTC)
    server = pki.Authority.create(now)
    issued = server.issue("CN=localhost", pki.SERVER, now, hosts=("127.0.0.1",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _private_file(issued.certificate_pem + issued.key_pem) as path:
        context.load_cert_chain(path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=server.root.certificate_pem)
    stranger = pki.Authority.create(now).issue("CN=x", pki.CLIENT, now)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as peer:
            peer.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    trust = tls_context(
        server.root.certificate_pem, TlsIdentity(stranger.certificate_pem, stranger.key_pem)
    )
    port = listener.getsockname()[1]

    def over_tls(request: httpx.Request) -> httpx.Response:
        with open_client(trust) as http:
            return http.post(f"https://127.0.0.1:{port}/", content=request.read())

    with pytest.raises(IdentityRefused) as caught:
        call(over_tls)
    thread.join()
    listener.close()
    assert caught.value.registry_codes[0].endswith("ALERT_UNKNOWN_CA")


def test_another_fault_of_tls_is_no_refusal() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("eof", request=request) from ssl.SSLEOFError(8, "eof")

    with pytest.raises(DmpOutcomeUnknown):
        submit(broken)


def no_patient_data(error: DrimboxError) -> bool:
    return not re.search("279035|PATIENTE|VERNIER", repr(error) + str(error) + error.detail)


def test_a_known_submission_set_means_an_earlier_send_arrived() -> None:
    body = answers.registry_response("XDSDuplicateUniqueIdInRegistry", status="Failure")
    with pytest.raises(DmpOutcomeUnknown, match="already known"):
        submit(answering(body))


def test_success_with_a_warning_is_success() -> None:
    body = answers.registry_response("XDSExtraMetadataNotSaved", severity="Warning")
    submit(answering(body))


@pytest.mark.parametrize(
    "body",
    [
        answers.registry_response(),
        f'<q:AdhocQueryResponse xmlns:q="{xds.QUERY}" status="{answers.STATUS}Success"/>',
        answers.query_response(f'<ObjectRef xmlns="{xds.RIM}" id="urn:uuid:1"/>'),
    ],
)
def test_a_query_answer_that_tells_nothing_is_not_nothing_found(body: str) -> None:
    with pytest.raises(DmpUnavailable):
        query(answering(body))


def test_answers_of_parallel_calls_are_never_swapped() -> None:
    """100 calls at once on one client, answered after random delays."""
    delays = random.Random(7)  # noqa: S311

    def handle(request: httpx.Request) -> httpx.Response:
        found = re.search(rb"\('(2\.25\.[0-9]+)'\)", request.read())
        assert found is not None
        time.sleep(delays.random() / 50)
        body = answers.query_response(answers.entry(unique_id=found[1].decode()))
        return answering(body)(request)

    http = open_client(transport=httpx.MockTransport(handle))
    lock = threading.Lock()

    class Locked(samples.CountedUids):
        def fresh(self) -> str:
            with lock:
                return super().fresh()

    dmp = DmpClient(http, ENDPOINTS, samples.FixedClock(), Locked())
    wanted = [Uid(f"2.25.{number}") for number in range(1, 101)]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda uid: dmp.get_by_unique_id(uid, VIHF), wanted))
    assert [entries[0].unique_id for entries in found] == wanted


def test_over_a_real_socket_a_dropped_answer_is_unknown_and_no_listener_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def take_and_drop() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)

        thread = threading.Thread(target=take_and_drop)
        thread.start()
        endpoints = DmpEndpoints.under(f"http://127.0.0.1:{port}")
        with open_client() as http:
            dmp = DmpClient(http, endpoints, samples.FixedClock(), samples.CountedUids())
            with pytest.raises(DmpOutcomeUnknown):
                dmp.submit(SUBMISSION, VIHF)
        thread.join(10)
    with open_client() as http:
        dmp = DmpClient(http, endpoints, samples.FixedClock(), samples.CountedUids())
        with pytest.raises(DmpUnavailable):
            dmp.submit(SUBMISSION, VIHF)


GOOD = answers.envelope(answers.registry_response("XDSRegistryError", status="Failure"))


@given(
    status=st.sampled_from([200, 202, 301, 400, 403, 408, 429, 500, 503]),
    content=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda at, put: GOOD[: at % len(GOOD)] + put + GOOD[at % len(GOOD) :],
            st.integers(0, 2000),
            st.binary(max_size=8),
        ),
    ),
)
def test_any_answer_raises_only_what_is_documented(status: int, content: bytes) -> None:
    with pytest.raises((DmpUnavailable, DmpOutcomeUnknown, DmpRefused)):
        submit(plain(status, content))


def test_the_request_is_one_envelope() -> None:
    seen: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.read())
        return answering(answers.query_response())(request)

    query(handle)
    root = parse(seen[0])
    assert [child.tag for child in root] == [f"{{{soap.SOAP}}}Header", f"{{{soap.SOAP}}}Body"]


def ask(handler: Handler) -> None:
    client(handler).ask_for_record(samples.INS, Oid("1.2.250.1.999.1"), VIHF)


def authorize(handler: Handler) -> None:
    client(handler).authorize(VIHF)


def record_answer(request: httpx.Request) -> httpx.Response:
    """The good answer to that very request."""
    body = parse(request.read()).find(f"{{{soap.SOAP}}}Body")
    assert body is not None
    asked = next(e.get("root", "") for e in body[0].iter("{urn:hl7-org:v3}id"))
    query = next(e.get("root", "") for e in body[0].iter("{urn:hl7-org:v3}queryId"))
    made = records.answer()
    for mine, theirs in ((records.QUESTION.message, asked), (records.QUESTION.query, query)):
        made = made.replace(uid_of(mine), theirs)
    return answering(made)(request)


def test_a_patient_s_dmp_is_asked_for() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return record_answer(request)

    found = client(handle).ask_for_record(samples.INS, Oid("1.2.250.1.999.1"), VIHF)
    assert (found.existence, found.authorization) == (Existence.OPEN, Authorization.VALID)
    assert seen[0].url.path == "/services/patients"
    assert "urn:hl7-org:v3:PRPA_IN201307UV02" in seen[0].headers["Content-Type"]
    assert seen[0].extensions["timeout"].get("read") == SHORT.steps.read


def test_an_authorisation_is_added() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answering(records.authorization())(request)

    authorize(handle)
    assert seen[0].url.path == "/services/habilitations"
    assert b"<action>AJOUT</action>" in seen[0].content


@pytest.mark.parametrize(
    ("handler", "asked", "added"),
    [
        (raising(httpx.ConnectError("no")), DmpUnavailable, DmpUnavailable),
        (raising(httpx.ReadTimeout("late")), DmpUnavailable, DmpOutcomeUnknown),
        (plain(200), DmpUnavailable, DmpOutcomeUnknown),
        (plain(503), DmpUnavailable, DmpUnavailable),
        (plain(403), IdentityRefused, IdentityRefused),
        (answering("<other/>"), DmpUnavailable, DmpOutcomeUnknown),
        (answering(records.answer()), DmpUnavailable, DmpOutcomeUnknown),
        (answering(records.authorization("DMPNo")), DmpUnavailable, DmpRefused),
        (answering(records.authorization(), relates_to="x"), DmpUnavailable, DmpOutcomeUnknown),
        (
            answering(answers.fault("Sender", "FailedAuthentication"), 400),
            *(IdentityRefused, IdentityRefused),
        ),
    ],
)
def test_an_outcome_of_the_patient_s_services_is_told(
    handler: Handler, asked: type[DrimboxError], added: type[DrimboxError]
) -> None:
    for call, error in ((ask, asked), (authorize, added)):
        with pytest.raises(DrimboxError) as caught:
            call(handler)
        assert type(caught.value) is error
