"""Every parser of bytes that come from outside, as one function of bytes: its own named errors may
leave it, and nothing else.

An input of several parts (the answers of one conversation, a header and a body) is split at the
byte 0x1E, which no text of ours holds.
"""

from __future__ import annotations

import base64
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, get_args

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from joserfc.jwk import ECKey

from functions.aws import cursors, requests
from functions.drimbox import accept, retry_after, safe_xml, strict_json
from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import read_envelope
from functions.drimbox.agents.loan import read_beat
from functions.drimbox.agents.told import FOUND, read_found, read_told
from functions.drimbox.consultation import call_facts
from functions.drimbox.consultation.contextual_call import read_call
from functions.drimbox.consultation.exam_query import read_query
from functions.drimbox.consultation.reading_report import read_content
from functions.drimbox.consultation.report_link import read_link
from functions.drimbox.dmp import authorization, existence, queries, registry, retrieve, soap
from functions.drimbox.dmp.client import DmpClient, DmpEndpoints
from functions.drimbox.dmp.existence import Existence
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.enrolment.code import read_code
from functions.drimbox.enrolment.request import read_request
from functions.drimbox.errors import (
    Absent,
    BadRequest,
    ConfigurationError,
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    DocumentUnusable,
    FileRefused,
    Forbidden,
    Held,
    IdentityUnavailable,
    MessageError,
    NotAcceptable,
    NotAuthenticated,
    NotHl7,
    PacsUnavailable,
    TooLarge,
    UnsupportedMedia,
    WhiteListUnusable,
)
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.identity.access_token import RawToken, bearer_token
from functions.drimbox.identity.certificate_choice import judge
from functions.drimbox.identity.certificate_findings import Use
from functions.drimbox.identity.client_certificate import read_certificate
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.identity.oidc import Application, ClientSecret, OidcClient
from functions.drimbox.identity.pacs_credential import require_pacs
from functions.drimbox.identity.psc import PscClient
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import Attempt, Kept, Sessions, require_own_form
from functions.drimbox.images import negotiation
from functions.drimbox.images.accepting import Body, BodyRefused, accept_series
from functions.drimbox.images.dicom_json import Known, data_set_json
from functions.drimbox.images.display import (
    Placed,
    attributes_of,
    drawn,
    first_frame,
    series_document,
)
from functions.drimbox.images.explicit import prepare, prepare_held
from functions.drimbox.images.multipart import MultipartUnreadable, boundary_of, read_parts
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.images.part10 import PREAMBLE_BYTES, facts_of, read_facts
from functions.drimbox.images.search_attributes import Level
from functions.drimbox.images.search_query import read_query as read_search
from functions.drimbox.images.series_metadata import instance_json
from functions.drimbox.images.store_request import read_objects
from functions.drimbox.images.transcription import transcribe
from functions.drimbox.jobs.job import Kind
from functions.drimbox.manifest.elements import UNCOMPRESSED_SYNTAXES, Malformed
from functions.drimbox.manifest.key_images import read_rejection, read_selection
from functions.drimbox.manifest.read import ManifestUnreadable, read
from functions.drimbox.oid import Uid
from functions.drimbox.operations.confirming_identity import Word
from functions.drimbox.operations.deciding_traits import Decision
from functions.drimbox.operations.filters import Wish
from functions.drimbox.operations.overriding import Choice
from functions.drimbox.operations.queue import Query
from functions.drimbox.operations.segments import parse
from functions.drimbox.operations.sign_in import OperatorFacts
from functions.drimbox.operations.withdrawing import withdrawal_of
from functions.drimbox.outside.given_file import read_file
from functions.drimbox.outside.metadata import MetadataUnreadable, read_metadata
from functions.drimbox.outside.signed import read_signature
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.report_page import Place, report_page
from functions.drimbox.peers.envelope import covered_part
from functions.drimbox.peers.revocation import fault_of, read_lists
from functions.drimbox.peers.verification import verify
from functions.drimbox.peers.white_list import read_white_list
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.have import Have, HaveInstance, decode
from functions.drimbox.reading.pixel_patient import TRAITS, patient_of, told
from functions.drimbox.report.ack import acknowledge
from functions.drimbox.report.cda import read_cda
from functions.drimbox.report.header import read_header
from functions.drimbox.report.order_change import read_order_change
from functions.drimbox.report.reading import read_report
from functions.drimbox.study import codec
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.tenants.reading import read_tenant
from functions.drimbox.tls import TlsIdentity
from tests.drimbox.agents import scenes as agents
from tests.drimbox.consultation import shown_reports
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.dmp.records import QUESTION as RECORD_QUESTION
from tests.drimbox.images import samples as images
from tests.drimbox.outside.archives import FOLDER, reading
from tests.drimbox.peers import scenes as lists
from tests.drimbox.report.build import message
from tests.drimbox.tenants.samples import FACTS, SENDER
from tests.fakes.memory import MemoryBlobs, MemoryFoundCertificates, MemoryRecords
from tests.fuzz.answering import Answer, AnsweringClient
from tests.fuzz.changing import Change, hl7, json_text, xml
from tests.fuzz.memory_files import MemoryFolder

PART: Final = b"\x1e"
NOW: Final = datetime(2026, 11, 24, 10, tzinfo=UTC)
STUDY: Final = Uid("1.2.250.9.5")
ISSUER: Final = "https://identity.example/realm"
ATTEMPT: Final = Attempt("state-1", "nonce-1", "verifier-1")
# 43 characters of base64url, as every identifier of a session.
IDENTIFIER: Final = "A" * 43
_REPORT: Final = shown_reports.REPORT
SEAL: Final = Seal(b"a secret of the fuzzing", "tenant", "sessions")
COOKIE: Final = "__Host-session"
_CREDENTIAL: Final = "0" * 64
_OBJECTS: Final = b'multipart/related; type="application/dicom"; boundary=b'
_APPLICATION: Final = Application(
    ISSUER, "drimbox", ClientSecret("secret"), "https://vi.example/back"
)
_TENANT: Final = read_tenant(FACTS)
# The questions to which an agent's answer is one, by the kind of its job.
_ASKED: Final = {
    Kind.INDEX: (wire.index_wish(agents.STUDY, {}),),
    Kind.SURVEY: (
        wire.survey_wish([agents.STUDY], wire.PRESENCE, {}),
        wire.survey_wish([agents.STUDY], wire.INDEX, {}),
    ),
    Kind.FIND: (wire.find_wish("0a", 50),),
    Kind.IMPORT: (wire.import_wish("readings/s/p/e/outgoing/1"),),
}
_INCOMING: Final = "incoming/body"
_CLIENT: Final = AnsweringClient()
# The provider's key, the same in every process, and its own words about itself.
_KEY: Final = ec.derive_private_key(20_261_124, ec.SECP256R1())
_KEYS: Final = json.dumps(
    {"keys": [{**ECKey.import_key(_KEY).as_dict(private=False), "kid": "k"}]}
).encode()
_DOCUMENT: Final = json.dumps(
    {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
    }
).encode()


class _Now:
    def now(self) -> datetime:
        return NOW


class _Uids:
    def fresh(self) -> str:
        return "m"


@dataclass(frozen=True, slots=True)
class Target:
    """``errors`` are the only exceptions that may leave ``read``.

    ``change`` knows the form of the input's parts: half of the new inputs come from it.
    """

    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    change: Change | None = None

    def changed(self, data: bytes, chance: Random) -> bytes | None:
        """``data`` with a change of one part's form; None where no part has the form."""
        pieces = data.split(PART)
        for at in chance.sample(range(len(pieces)), len(pieces)):
            new = None if self.change is None else self.change(pieces[at], chance)
            if new is not None:
                return PART.join([*pieces[:at], new, *pieces[at + 1 :]])
        return None

    def __call__(self, data: bytes) -> None:
        """Read ``data``; any exception that leaves is a finding."""
        with suppress(*self.errors):
            self.read(data)


def parts(data: bytes, count: int) -> list[bytes]:
    """Exactly ``count`` parts; those that are missing are empty."""
    return [*data.split(PART, count - 1), *[b""] * count][:count]


def texts(data: bytes, count: int) -> list[str]:
    """The same as the texts of an event, which API Gateway gives in Unicode."""
    return [one.decode("utf-8", "replace") for one in parts(data, count)]


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="fuzz-")


def _spool() -> Path:
    """A folder of this process: to make one for each input costs more than most inputs."""
    return Path(_folder().name)


def storable(facts: object) -> None:
    """Raise unless UTF-8 can write every text of ``facts``."""
    json.dumps(facts, ensure_ascii=False, default=str).encode()


def _header(data: bytes) -> None:
    header = read_header(data)
    fault = MessageError("message_error", location="MSH^1", condition=199)
    for error in (None, fault):
        acknowledge(
            header, code="AE", at=NOW, control_id="1", error=error, sending=("BOX", "OP")
        ).decode(header.encoding)


def _key_images(data: bytes) -> None:
    for reader in (read_rejection, read_selection):
        with suppress(ManifestUnreadable):
            reader(data)


def _object(data: bytes) -> None:
    """An object of the PACS, from its file to its entry in the cache."""
    path = _spool() / "object"
    path.write_bytes(data)
    facts, _ = prepare(path, read_facts(path))
    json.loads(instance_json(facts, path))


def _display(data: bytes) -> None:
    """An object of another site, from its bytes to the document of its series: as the fetching does
    it, and as the pages read it again."""
    facts = facts_of(data)
    held = prepare_held(data, facts)
    if held is None:
        path = _spool() / "object"
        path.write_bytes(data)
        facts, frames = prepare(path, facts)
        content = path.read_bytes()
    else:
        content, frames = held
    known: Known = {}
    root = attributes_of(content, facts, TRAITS, known)
    assert attributes_of(content, facts, TRAITS, known) == root
    told(patient_of(root))
    display = drawn(root, facts, content)
    one = HaveInstance(
        *(facts.sop_instance_uid, facts.transfer_syntax, "pack", 9, len(content), "00"),
        frames,
        display,
    )
    have = Have(1, (one,), ended=Ended.WHOLE)
    data_kept = have.encode()
    assert data_kept is not None
    kept = decode(data_kept)
    assert kept is not None
    (again,) = kept.instances
    placed = Placed(dict(again.display), 0, again.offset, again.frames)
    document = series_document(facts.series_instance_uid, [placed])
    json.dumps(document, allow_nan=False).encode()
    for _, *where in document["frames"]:
        for offset, size in [where] if isinstance(where[0], int) else where:
            assert offset >= 9
            assert offset - 9 + size <= len(content), "a frame goes beyond its object"
    if document["frames"]:
        assert 0 <= first_frame(document) < len(document["frames"])


def _transcription(data: bytes) -> None:
    """A data set of each syntax, behind the preamble that its file has."""
    path = _spool() / "object"
    path.write_bytes(bytes(PREAMBLE_BYTES) + data)
    with path.open("rb") as file:
        for syntax in UNCOMPRESSED_SYNTAXES.values():
            with suppress(Malformed):
                transcribe(file, PREAMBLE_BYTES, syntax, BytesIO())


def _multipart(data: bytes) -> None:
    """The first byte says how the stream is cut."""
    content_type, body = parts(data[1:], 2)
    step = 1 + (data[0] if data else 0)
    chunks = (body[at : at + step] for at in range(0, len(body), step))
    boundary = boundary_of(content_type.decode("latin-1"))
    spool = MemoryFolder()
    try:
        found = read_parts(chunks, boundary, spool.path, max_part_bytes=65_536, max_parts=50)
        for one in found:
            assert len(spool.take(one.path)) == one.size
    finally:
        assert spool.is_empty, "a part that is not whole stays"


def _store_request(data: bytes) -> None:
    content_type, body = parts(data, 2)
    list(read_objects(content_type.decode("latin-1"), body, spool=_spool()))


def _pacs(data: bytes) -> None:
    """The PACS's answers: on the study, its series, their objects, their next page, the notes."""
    study, series, instances, more, note = parts(data, 5)
    by_name = {"studies": study, "series": series, "instances": instances}

    def answer(request: httpx.Request) -> Answer:
        content = by_name.get(request.url.path.rpartition("/")[2], note)
        return 200, _OBJECTS, more if "offset" in request.url.params else content

    _CLIENT.answer = answer
    found = DicomwebPacs(_CLIENT, "https://pacs.example/dicom-web", spool=_spool()).find_study(
        STUDY
    )
    if found is not None:
        assert codec.decode(codec.encode(found)) == found


def _pacs_search(data: bytes) -> None:
    """The PACS's answer to a search: no answer gives a study of another patient."""
    _CLIENT.answer = lambda _: (200, b"", data)
    pacs = DicomwebPacs(_CLIENT, "https://pacs.example/dicom-web", spool=_spool())
    found = pacs.search(StudyCriteria("IPP-00471", ""), most=5)
    assert all(one.patient_id == "IPP-00471" for one in found.studies)


def _soap(data: bytes) -> None:
    content_type, body = parts(data, 2)
    answer = soap.read_answer(content_type.decode("latin-1"), body)
    if answer.body is not None:
        registry.read_response(answer.body)
        registry.read_entries(answer.body)


def _shown_report(data: bytes) -> None:
    """A document of the DMP as a professional's page shows it; the answer that carries it too."""
    document, answer = parts(data, 2)
    read = read_content(_REPORT, document, CALL)
    layout = Layout(READING, "site", "Site", "fr")
    page = report_page(layout, CALL, _REPORT, read, Place("p", "e", "1"))
    assert b"<script" not in page
    element = safe_xml.parse(answer)
    retrieve.response_of(element)
    found = retrieve.read(element, {"d": document}, [_REPORT])
    assert not found.documents or len(document) == _REPORT.size


def _dmp(data: bytes) -> None:
    """The DMP's answer to a query and to an update: status, Content-Type and body."""
    status, content_type, body = parts(data, 3)
    code = int(status) if status.isdigit() and 200 <= int(status[:9]) < 600 else 200

    _CLIENT.answer = lambda _: (code, content_type, body)
    dmp = DmpClient(_CLIENT, DmpEndpoints.under("https://dmp.example"), _Now(), _Uids())
    with suppress(DmpUnavailable, DmpRefused):
        dmp.get_by_unique_id(Uid("2.25.1"), lambda _at, _id: b"<Assertion/>")
    with suppress(DmpUnavailable, DmpRefused):
        dmp.list_documents(DocumentQuery(CALL.ins), lambda _at, _id: b"<Assertion/>")
    dmp.update(b"<Update/>", lambda _at, _id: b"<Assertion/>")


def _patient_record(data: bytes) -> None:
    """The DMP's answers to TD0.2 and TD0.3: an authorisation belongs to an open DMP alone."""
    about, added = parts(data, 2)
    with suppress(soap.AnswerUnreadable, DmpRefused, safe_xml.UnsafeXml):
        found = existence.read(safe_xml.parse(about), RECORD_QUESTION)
        assert (found.existence is Existence.OPEN) == (found.authorization is not None)
        storable(asdict(found))
    authorization.read(safe_xml.parse(added))


def _psc(data: bytes) -> None:
    """The introspection's answer and the professional's: a status, then the two bodies."""
    status, introspection, userinfo = parts(data, 3)
    code = {b"400": 400, b"401": 401, b"503": 503}.get(status, 200)
    by_path = {"/introspect": introspection, "/userinfo": userinfo}

    _CLIENT.answer = lambda request: (code, b"", by_path[request.url.path])
    base = "https://psc.example"
    psc = PscClient(
        _CLIENT, f"{base}/introspect", f"{base}/userinfo", "drimbox", _Now(), issuer=ISSUER
    )
    professional = psc.userinfo(psc.introspect(RawToken("token")))
    storable(asdict(professional))


def _oidc(data: bytes) -> None:
    """The provider's document, its answer for the code, its keys."""
    document, token, keys = parts(data, 3)
    by_path = {"openid-configuration": document, "token": token, "keys": keys}

    def answer(request: httpx.Request) -> Answer:
        return 200, b"", by_path.get(request.url.path.rpartition("/")[2], b"")

    _CLIENT.answer = answer
    client = OidcClient(_CLIENT, _APPLICATION, _Now())
    with suppress(IdentityUnavailable):
        client.authorization_url(ATTEMPT)
    tokens = client.redeem(ATTEMPT, {"state": "state-1", "code": "code-1", "iss": ISSUER})
    storable(asdict(OperatorFacts(tokens.subject)))


def _id_token(data: bytes) -> None:
    """The header and the claims of an ID token that the provider has signed, whatever they are."""
    signed = b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in parts(data, 2))
    r, s = utils.decode_dss_signature(_KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=")
    token = json.dumps({"id_token": f"{signed.decode()}.{signature.decode()}"})
    _oidc(PART.join((_DOCUMENT, token.encode(), _KEYS)))


class _Store:
    """One record, whatever the key."""

    def __init__(self, sealed: str) -> None:
        self._kept = {"sealed": sealed, "used_at": NOW.isoformat()}

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        """Nothing is kept."""

    def get(self, key: str) -> Kept:
        return self._kept

    def note(self, key: str, name: str, value: str) -> None:
        """Nothing is kept."""

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        """Nothing is kept."""
        return False

    def take(self, key: str) -> Kept:
        return self._kept


def _session(data: bytes) -> None:
    """A browser's cookies, a sealed record, a form's token and its origin."""
    line, sealed, token, origin = texts(data, 4)
    identifier = requests.cookie({"multiValueHeaders": {"Cookie": [line]}}, COOKIE)
    sessions = Sessions(_Store(sealed), _Now(), lambda: IDENTIFIER, SEAL, OperatorFacts)
    sessions.current(identifier)
    sessions.close(identifier)
    with suppress(NotAuthenticated):
        sessions.attempt(identifier)
    require_own_form(identifier, token, [origin], "https://vi.example")


def _accept(data: bytes) -> None:
    lines = texts(data, 3)
    accept.prefer_media(lines, ("application/json", "text/html"))
    accept.prefer_language(lines, ("fr", "en"))
    producible = negotiation.as_held(["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"])
    negotiation.choose(negotiation.parse_accept(lines), producible, single=True)


def _authorization(data: bytes) -> None:
    lines = [data.decode("utf-8", "replace")]
    with suppress(NotAuthenticated):
        bearer_token(lines)
    require_pacs(lines, "tenant", [_CREDENTIAL])


def _certificate(data: bytes) -> None:
    pem, name = texts(data, 2)
    with suppress(ValueError):
        canonical_name(name)
    found = read_certificate(pem, _Now())
    with suppress(ValueError, ConfigurationError):
        found.issuer_among(name, pem, _Now())


def _certificate_parts(data: bytes) -> None:
    """The same from its bytes in DER, which the fuzzing changes more deeply than their base64."""
    body = base64.encodebytes(data).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    judge(TlsIdentity(pem, ""), holder="1750000001", use=Use.AUTH, trust_anchors=pem, at=NOW)
    read_certificate(pem, _Now()).issuer_among(SENDER["certificate_issuer"], pem, _Now())


def _enrolment(data: bytes) -> None:
    """A request for a certificate in DER, beside the code that somebody typed."""
    code, request = data.partition(PART)[::2]
    body = base64.encodebytes(request).decode()
    with suppress(BadRequest):
        read_code(code.decode("utf-8", "replace"))
    read_request(f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n")


def _white_list(data: bytes) -> None:
    """A list as downloaded: its signer is trusted, so that a good one is read to its end."""
    made = lists.publisher()
    verify(data, lists.signer(), read_lists([made.revocation_list()]), NOW)


def _white_list_content(data: bytes) -> None:
    """The part that a signature covers: every change reaches the reader."""
    found = read_white_list(safe_xml.parse(data))
    found.entry_for_host("db1.example")
    covered_part(safe_xml.parse(data))


def _revocation_list(data: bytes) -> None:
    authority = lists.publisher().authority.root.certificate
    fault_of(authority, authority, read_lists([data]), NOW)


def _retry_after(data: bytes) -> None:
    retry_after.whole_seconds(texts(data, 3), NOW, least=1)


def _request(data: bytes) -> None:
    """A request's body as base64 or text, and the form and the JSON in it."""
    content_type, body = texts(data, 2)
    for is_base64 in (True, False):
        event = {
            "body": body,
            "isBase64Encoded": is_base64,
            "multiValueHeaders": {"content-type": [content_type]},
            "pathParameters": {"name": content_type},
            "multiValueQueryStringParameters": {content_type: [body]},
        }
        for reader in (requests.form, requests.json_body):
            with suppress(BadRequest, TooLarge):
                reader(event)
        requests.path(event, "name")
        requests.queries(event)


def _exam_search(facts: Mapping[str, Any]) -> str:
    return queries.find_documents(read_query(facts)).decode()


_BODIES: Final[tuple[Callable[[Mapping[str, Any]], object], ...]] = (
    _exam_search,
    Choice.read,
    Word.read,
    Decision.read,
    Wish.read,
    withdrawal_of,
)


def _json_bodies(data: bytes) -> None:
    """The JSON that operators and professionals send."""
    facts = requests.json_body({"body": data.decode("utf-8", "replace")})
    for reader in _BODIES:
        with suppress(BadRequest):
            found = reader(facts)
            storable(asdict(found) if is_dataclass(found) else found)  # type: ignore[arg-type]


def _agent_beat(data: bytes) -> None:
    """An agent's word about itself, which is kept."""
    storable(asdict(read_beat(requests.json_body({"body": data.decode("utf-8", "replace")}))))


def _agent_answer(data: bytes) -> None:
    """The name of a job, and the answer to it: the content is one that can be kept and read."""
    name, body = texts(data, 2)
    kind = wire.kind_of(wire.key_of(name))
    envelope = read_envelope(requests.json_body({"body": body}), kind)
    for wish in _ASKED.get(kind, ()):
        with suppress(BadRequest):
            found = read_told(wish, envelope.answer)
            if kind is Kind.FIND:
                storable([asdict(one) for one in read_found(found.content).studies])
            elif kind is Kind.INDEX and found.word == FOUND:
                index = codec.decode(found.content)
                assert codec.decode(codec.encode(index)) == index
            elif found.content:
                json.loads(found.content)


def _agent_index(data: bytes) -> None:
    """The index of a study alone, as an agent encodes it."""
    try:
        facts = strict_json.read(data)
    except ValueError:
        return
    (wish,) = _ASKED[Kind.INDEX]
    found = read_told(wish, {"found": True, "index": facts})
    index = codec.decode(found.content)
    assert index.study_instance_uid == agents.STUDY


def _agent_body(data: bytes) -> None:
    """A body of two objects that an agent has put: the index tells the place of each."""
    store = images.MemoryStore(objects={_INCOMING: data})
    body = Body(_INCOMING, len(data), sha256(data).hexdigest())
    named = images.manifest(1, 2)
    index = accept_series(store, store, named, images.SERIES, body, spool=_spool())
    (series,) = named.series
    assert {one.sop_instance_uid for one in index.instances} == {
        one.sop_instance_uid for one in series.instances
    }
    for one in index.instances:
        content = data[one.offset : one.offset + one.size]
        assert sha256(content).hexdigest() == one.sha256


def _queue_query(data: bytes) -> None:
    names = ("state", "reason", "sender", "since", "until", "after")
    storable(asdict(Query.read(dict(zip(names, texts(data, len(names)), strict=True)).get)))


def _search_query(data: bytes) -> None:
    """The parameters of a search, as it is asked at each level, and the keys on a few values."""
    given = texts(data, 8)
    parameters: dict[str, list[str]] = {}
    for name, value in zip(given[::2], given[1::2], strict=True):
        if name:
            parameters.setdefault(name, []).append(value)
    refused: list[BadRequest] = []
    for levels in get_args(Level):
        try:
            query = read_search((levels,), parameters)
        except BadRequest as error:
            refused.append(error)
            continue
        for key in query.keys:
            key.allows({key.tag: {"vr": "UN", "Value": ["", "CT", "20260102", 3, None, {}]}})
    if len(refused) == len(get_args(Level)):
        raise refused[0]


def _feed_check(data: bytes) -> None:
    """A document inside a whole message, as the vendor of a RIS sees it checked."""
    checked = check_message(
        message(document=data),
        SENDER["certificate_subject"],
        tenant=_TENANT,
        inbox=MemoryBlobs(),
        records=MemoryRecords(),
        certificates=MemoryFoundCertificates(),
        clock=_Now(),
    )
    storable(describe(checked))


def _contextual_call(data: bytes) -> None:
    """A call as the developer of a RIS sees it checked."""
    storable(call_facts.describe(read_call(["application/x-www-form-urlencoded"], (), data)))


def _report_link(data: bytes) -> None:
    """A link's query: names and values in turn, as many as there are."""
    parts = data.decode("utf-8", "replace").split("\x1e")
    read_link({name: [value] for name, value in zip(parts[::2], parts[1::2], strict=False)})


def _cursor(data: bytes) -> None:
    storable(cursors.read_position(data.decode("utf-8", "replace")))


def _tenant(data: bytes) -> None:
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(facts, dict):
        read_tenant(facts)


_HL7: Final = (NotHl7, MessageError)
TARGETS: Final[Mapping[str, Target]] = {
    "hl7_header": Target(_header, (NotHl7,), hl7.change),
    "hl7_report": Target(read_report, _HL7, hl7.change),
    "hl7_order_change": Target(read_order_change, _HL7, hl7.change),
    "hl7_segments": Target(parse, _HL7, hl7.change),
    "cda": Target(read_cda, (MessageError,), xml.change),
    "manifest": Target(read, (ManifestUnreadable,)),
    "key_images": Target(_key_images, ()),
    "given_file": Target(lambda data: read_file(data, reading()), (FileRefused,)),
    "given_metadata": Target(
        lambda data: read_metadata(data, FOLDER), (MetadataUnreadable,), xml.change
    ),
    "given_signature": Target(lambda data: read_signature(data, ()), (), xml.change),
    "part10": Target(facts_of, (Malformed,)),
    "object": Target(_object, (Malformed,)),
    "display": Target(_display, (Malformed,)),
    "transcription": Target(_transcription, ()),
    "dicom_json": Target(lambda data: data_set_json(data, 0), (Malformed,)),
    "multipart": Target(_multipart, (MultipartUnreadable,)),
    "store_request": Target(_store_request, (BadRequest, UnsupportedMedia)),
    "pacs": Target(_pacs, (PacsUnavailable, Held), json_text.change),
    "pacs_search": Target(_pacs_search, (PacsUnavailable, Held), json_text.change),
    "soap": Target(_soap, (soap.AnswerUnreadable,), xml.change),
    "patient_record": Target(
        _patient_record, (soap.AnswerUnreadable, DmpRefused, safe_xml.UnsafeXml), xml.change
    ),
    "shown_report": Target(
        _shown_report,
        (DocumentUnusable, soap.AnswerUnreadable, safe_xml.UnsafeXml),
        xml.change,
    ),
    "dmp": Target(_dmp, (DmpUnavailable, DmpOutcomeUnknown, DmpRefused), xml.change),
    "psc": Target(_psc, (NotAuthenticated, IdentityUnavailable), json_text.change),
    "oidc": Target(_oidc, (NotAuthenticated, IdentityUnavailable), json_text.change),
    "id_token": Target(_id_token, (NotAuthenticated,), json_text.change),
    "session": Target(_session, (Forbidden,)),
    "accept": Target(_accept, (BadRequest, NotAcceptable)),
    "authorization": Target(_authorization, (NotAuthenticated,)),
    "certificate": Target(_certificate, (NotAuthenticated,)),
    "certificate_parts": Target(_certificate_parts, (NotAuthenticated,)),
    "enrolment": Target(_enrolment, (BadRequest,)),
    "white_list": Target(_white_list, (WhiteListUnusable,), xml.change),
    "white_list_content": Target(
        _white_list_content, (WhiteListUnusable, safe_xml.UnsafeXml), xml.change
    ),
    "revocation_list": Target(_revocation_list, (WhiteListUnusable,)),
    "retry_after": Target(_retry_after, ()),
    "request": Target(_request, (BadRequest, TooLarge, Absent), json_text.change),
    "json_bodies": Target(_json_bodies, (BadRequest, TooLarge), json_text.change),
    "agent_beat": Target(_agent_beat, (BadRequest, TooLarge), json_text.change),
    "agent_answer": Target(_agent_answer, (BadRequest, TooLarge, Absent), json_text.change),
    "agent_index": Target(_agent_index, (BadRequest,), json_text.change),
    "agent_body": Target(_agent_body, (BodyRefused,)),
    "feed_check": Target(_feed_check, (), xml.change),
    "contextual_call": Target(_contextual_call, ()),
    "report_link": Target(_report_link, (BadRequest,)),
    "queue_query": Target(_queue_query, (BadRequest,)),
    "search_query": Target(_search_query, (BadRequest,)),
    "cursor": Target(_cursor, (BadRequest,)),
    "tenant": Target(_tenant, (ConfigurationError,), json_text.change),
}
