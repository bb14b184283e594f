"""Where the fuzzing of each parser begins: good inputs from the tests' own builders, and the inputs
that are kept because they once failed (``tests/vectors/fuzz/<target>``).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey

from functions.drimbox.identity.session import form_token
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.manifest.build import build
from simulators.whitelist.publisher import to_bytes
from simulators.whitelist.signing import ENVELOPED, FILTER
from tests.drimbox.agents import scenes as agents
from tests.drimbox.consultation import samples as calls
from tests.drimbox.consultation import shown_reports
from tests.drimbox.dmp import answers, records
from tests.drimbox.feed_check.scenes import order_change
from tests.drimbox.images import elements, pacs_scenes, samples
from tests.drimbox.images.display_scenes import ENHANCED_CT, colour, item, slice_of_ct
from tests.drimbox.manifest import samples as manifests
from tests.drimbox.outside import archives
from tests.drimbox.peers import scenes as lists
from tests.drimbox.report.build import cda, message
from tests.drimbox.tenants.samples import FACTS, PERSON, PROGRAM
from tests.fuzz.targets import ATTEMPT, COOKIE, IDENTIFIER, ISSUER, NOW, PART, SEAL, STUDY

KEPT: Final = Path(__file__).parents[1] / "vectors/fuzz"
_AT: Final = int(NOW.timestamp())
_RELATED: Final = b"multipart/related; type=application/dicom; boundary=b"
_CLIENTS: Final = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
_NAME: Final = "CN=ris.example,OU=1750000001,O=Société d'Imagerie,C=FR"


def seeds(target: str) -> Iterator[bytes]:
    """The good inputs of a target, then those that are kept, in the order of their names."""
    yield from _GOOD[target]()
    yield from (path.read_bytes() for path in sorted((KEPT / target).glob("*.bin")))


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _parts(*several: bytes) -> bytes:
    return PART.join(several)


def _report() -> Iterator[bytes]:
    yield message()
    yield message("MDM")
    yield message(PID={5: "PAT\\F\\TROIS\\XE9\\^D"}, flags={"DESTDMP": "N"})


def _order_change() -> Iterator[bytes]:
    yield order_change()


def _messages() -> Iterator[bytes]:
    """Messages of each kind whose document is short: it is not read here."""
    document = b"<ClinicalDocument/>"
    yield message(document=document)
    yield message("MDM", document=document)
    yield message(document=document, PID={5: "PAT\\F\\TROIS\\XE9\\^D"}, flags={"DESTDMP": "N"})
    yield from _order_change()


def _cda() -> Iterator[bytes]:
    yield cda()


def _key_objects() -> Iterator[bytes]:
    yield build(manifests.facts())
    yield samples.selection("113001", "1.2.99.1", f"{samples.SERIES}.1")
    yield samples.selection("113000", "1.2.99.1", f"{samples.SERIES}.1")


def _given_files() -> Iterator[bytes]:
    yield archives.xdm(archives.submitted())
    yield archives.kos()


def _objects() -> Iterator[bytes]:
    for syntax in (samples.EXPLICIT, samples.IMPLICIT, samples.BIG, samples.DEFLATED):
        yield samples.instance(1, syntax)
    yield samples.instance(1, samples.JPEG_LS)


def _images() -> Iterator[bytes]:
    yield samples.part10(slice_of_ct())
    places = ([0, 0, 0], [0, 0, -1])
    groups = [item(PlanePositionSequence=[item(ImagePositionPatient=one)]) for one in places]
    enhanced: dict[str, Any] = {
        "SOPClassUID": ENHANCED_CT,
        "NumberOfFrames": 2,
        "PixelData": bytes(64),
    }
    yield samples.part10(slice_of_ct(PerFrameFunctionalGroupsSequence=groups, **enhanced))
    yield samples.part10(colour(NumberOfFrames=2, PixelData=bytes(96)))
    yield from _objects()


def _data_sets() -> Iterator[bytes]:
    """The same without preamble and group 0002."""
    for one in _objects():
        yield one[144 + int.from_bytes(one[140:144], "little") :]
    # Code extensions of ISO 2022: another reader.
    yield elements.explicit(0x00080005, "CS", b"\\ISO 2022 IR 87") + elements.explicit(
        0x00100010, "PN", b"A^B=\x1b$B;3ED\x1b(B"
    )
    yield elements.explicit(0x00081030, "LO", b"Thorax") + elements.explicit(
        0x00180050, "DS", b"1.5\\2"
    )


def _body() -> bytes:
    return pacs_scenes.objects(b"one", b"two\r\n").content


def _multipart() -> Iterator[bytes]:
    yield b"\x07" + _parts(_RELATED, _body())
    yield b"\xff" + _parts(_RELATED, _body().replace(b"\r\n", b"\n"))


def _store_request() -> Iterator[bytes]:
    yield _parts(_RELATED, _body())


def _pacs() -> Iterator[bytes]:
    listed = [pacs_scenes.image(1), pacs_scenes.image(2)]
    yield _parts(
        _json([pacs_scenes.study()]), _json([pacs_scenes.series()]), _json(listed), b"[]", b""
    )
    selection = [pacs_scenes.image(1, SOPClassUID=pacs_scenes.KO)]
    note = samples.selection("113000", f"{samples.SERIES}.1", f"{samples.SERIES}.2")
    yield _parts(
        _json([pacs_scenes.study(NumberOfStudyRelatedInstances=1)]),
        _json([pacs_scenes.series(Modality="KO")]),
        _json(selection),
        b"[]",
        pacs_scenes.objects(note).content,
    )


def _found_studies() -> Iterator[bytes]:
    yield _json([pacs_scenes.study(), pacs_scenes.study(PatientID="IPP-9")])


def _bodies() -> Iterator[str]:
    yield answers.query_response(answers.entry())
    yield answers.registry_response("XDSRegistryBusy", status="Failure")
    yield answers.registry_response()
    yield answers.fault("Sender", "InvalidSecurity")


def _soap() -> Iterator[bytes]:
    for body in _bodies():
        yield _parts(b"application/soap+xml", answers.envelope(body))
    mtom = answers.multipart("b", [("r", answers.envelope("<a/>")), ("d", b"\x00\xff")])
    yield _parts(b'multipart/related; boundary="b"; start="<r>"', mtom)


def _dmp() -> Iterator[bytes]:
    for body in _bodies():
        plain = answers.envelope(body, relates_to="urn:uuid:m")
        yield _parts(b"200", b"application/soap+xml", plain)
        yield _parts(b"500", b"application/soap+xml", plain)


def _shown_report() -> Iterator[bytes]:
    for document in shown_reports.documents():
        yield _parts(document, shown_reports.ANSWER)


def _patient_record() -> Iterator[bytes]:
    added = records.authorization().encode()
    refused = records.answer(acknowledgement=records.acknowledged("AE"))
    for about in (records.answer(), records.NO_RECORD, refused):
        yield _parts(about.encode(), added)
    for code in ("NON_EXISTE", "EXPIRE", "INTERDIT"):
        yield _parts(records.answer(lines=records.line(code)).encode(), added)


def _psc() -> Iterator[bytes]:
    who = {"sub": "f:1", "SubjectNameID": "899000000001"}
    active = {
        **who,
        "active": True,
        "exp": _AT + 300,
        "iat": _AT - 1,
        "iss": ISSUER,
        "typ": "Bearer",
        "azp": "box",
    }
    activity = {"ancienIdentifiantDeLaStructure": "1750803447", "raisonSocialeSite": "Parc"}
    exercices = [
        {"codeProfession": "10", "codeSavoirFaire": "SM44", "activities": [activity]},
    ]
    person = {
        **who,
        "family_name": "TESTEUSE",
        "given_name": "Aude",
        "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
        "SubjectRefPro": {"exercices": exercices},
    }
    yield _parts(b"200", _json(active), _json(person))
    yield _parts(b"400", _json({"error": "unsupported_token_type"}), b"")
    yield _parts(b"200", _json({"active": False}), b"")


def _oidc() -> Iterator[bytes]:
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig"})
    claims = {"iss": ISSUER, "sub": "operator-1", "aud": "drimbox", "nonce": "nonce-1"}
    times = {"iat": _AT, "exp": _AT + 300}
    token = jwt.encode({"alg": "ES256", "kid": "k"}, {**claims, **times}, key, algorithms=["ES256"])
    document = {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
        "code_challenge_methods_supported": ["S256"],
    }
    keys = {"keys": [dict(key.as_dict(private=False))]}
    answer = {"id_token": token, "access_token": "a", "expires_in": 300}
    yield _parts(_json(document), _json(answer), _json(keys))


def _id_token() -> Iterator[bytes]:
    """A token with the claims that must be there, and one with all that are looked at."""
    claims = {"iss": ISSUER, "sub": "operator-1", "aud": "drimbox", "nonce": "nonce-1"}
    times = {"iat": _AT, "exp": _AT + 300}
    more = {"aud": ["drimbox"], "azp": "drimbox", "acr": "eidas1", "nbf": _AT, "jti": "1"}
    yield _parts(_json({"alg": "ES256", "kid": "k"}), _json({**claims, **times}))
    yield _parts(_json({"alg": "ES256", "typ": "JWT"}), _json({**claims, **times, **more}))


def _session() -> Iterator[bytes]:
    """A live session with its own form, and a sign-in that has begun."""
    kept = {"session": {"subject": "operator-1"}, "attempt": asdict(ATTEMPT)}
    for place, facts in kept.items():
        key = f"{place}#{sha256(IDENTIFIER.encode()).hexdigest()}"
        record = _json({"facts": facts, "at": NOW.isoformat()})
        sealed = SEAL.close(key, record, bytes(12)).encode()
        cookie = f"lang=fr; {COOKIE}={IDENTIFIER}".encode()
        yield _parts(cookie, sealed, form_token(IDENTIFIER).encode(), b"https://vi.example")


def _certificate() -> Iterator[bytes]:
    made = _made(_CLIENTS).public_bytes(serialization.Encoding.PEM)
    yield _parts(made, _NAME.encode())


def _certificate_parts() -> Iterator[bytes]:
    several = (
        x509.BasicConstraints(ca=True, path_length=0),
        x509.SubjectAlternativeName([x509.DNSName("ris.example")]),
    )
    yield _made(_CLIENTS).public_bytes(serialization.Encoding.DER)
    yield _made(_CLIENTS, *several).public_bytes(serialization.Encoding.DER)


def _enrolment() -> Iterator[bytes]:
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        request = x509.CertificateSigningRequestBuilder()
        request = request.subject_name(x509.Name.from_rfc4514_string(_NAME))
        request = request.add_extension(_CLIENTS, critical=False)
        made = request.sign(key, hashes.SHA256())
        der = made.public_bytes(serialization.Encoding.DER)
        yield _parts(b"01234-56789-ABCDE-FGHJK-MNPQR", der)


def _made(*extensions: x509.ExtensionType) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(_NAME)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def _white_lists() -> Iterator[bytes]:
    for style in (FILTER, ENVELOPED):
        yield to_bytes(lists.publisher().signed(style))


def _list_contents() -> Iterator[bytes]:
    yield to_bytes(lists.white_list(lists.line() + lists.line("db2.example")))


def _revocation_lists() -> Iterator[bytes]:
    made = lists.publisher()
    yield made.revocation_list()
    made.revoked.add(77)
    yield made.revocation_list()


def _agent_beat() -> Iterator[bytes]:
    spool: dict[str, Any] = {"messages": 0, "oldest_at": None}
    health = {"at": NOW.isoformat(), "pacs": "reachable", "spool": spool, "disk_free_bytes": 1}
    beat = {"version": "1.0.0", "protocols": [1], "credentials": True, "health": health}
    yield _json(beat)
    waiting = {"messages": 2, "oldest_at": "2026-11-24T08:00:00+01:00"}
    yield _json({**beat, "credentials": False, "health": {**health, "spool": waiting}})


def _agent_answers() -> Iterator[bytes]:
    """One answer of each kind, in each way to give one."""
    study = {"study_instance_uid": agents.STUDY}
    told = {
        "index": [agents.told(), {"found": False}],
        "survey": [
            {"studies": [{**study, "found": True}]},
            {"studies": [{**study, **agents.told()}]},
            {"studies": [{**study, "reason": "pacs_unavailable"}]},
        ],
        "find": [{"studies": [agents.ROW], "left_out": 1, "complete": False}],
        "import": [
            {"objects": [{"sop_instance_uid": "1.2.3", "failure": 0xA700, "warning": None}]}
        ],
    }
    for kind, several in told.items():
        for answer in several:
            yield _parts(f"{kind}-{'0' * 64}".encode(), _json(agents.posted(answer=answer)))
    kept = {"key": "demo/incoming/1", "size": 1, "sha256": "0" * 64}
    rest = {key: value for key, value in agents.posted().items() if key != "answer"}
    failed = {**rest, "outcome": "failed", "reason": "object_unservable", "objects": ["1.2.3"]}
    for body in ({**rest, "incoming": kept}, failed):
        yield _parts(f"fill-{'0' * 64}".encode(), _json(body))


def _agent_bodies() -> Iterator[bytes]:
    """Two objects in the form of a body; of one syntax, and of two."""
    keys = SeriesKeys(samples.STUDY, samples.MANIFEST, samples.SERIES)
    for syntaxes in ((samples.EXPLICIT, samples.EXPLICIT), (samples.EXPLICIT, samples.JPEG_LS)):
        objects = [samples.instance(number, one) for number, one in enumerate(syntaxes, 1)]
        items = [Item(len(one), syntax) for one, syntax in zip(objects, syntaxes, strict=True)]
        layout = lay_out(boundary_for(keys.multipart), items)
        pairs = zip(layout.heads, objects, strict=True)
        yield b"".join([*(part for pair in pairs for part in pair), layout.tail])


def _fixed(*several: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(several)


_REASON: Final = {"reason": "Vu avec le RIS", "confirm": True}
_GOOD: Final[Mapping[str, Callable[[], Iterator[bytes]]]] = {
    "hl7_header": _messages,
    "hl7_report": _report,
    "hl7_order_change": _order_change,
    "hl7_segments": _messages,
    "cda": _cda,
    "manifest": _key_objects,
    "key_images": _key_objects,
    "given_file": _given_files,
    "given_metadata": lambda: iter((archives.submitted()["METADATA.XML"],)),
    "given_signature": lambda: iter((archives.submitted()["SIGN_1.XML"],)),
    "part10": _objects,
    "object": _objects,
    "display": _images,
    "transcription": _data_sets,
    "dicom_json": _data_sets,
    "multipart": _multipart,
    "store_request": _store_request,
    "pacs": _pacs,
    "pacs_search": _found_studies,
    "soap": _soap,
    "dmp": _dmp,
    "shown_report": _shown_report,
    "patient_record": _patient_record,
    "psc": _psc,
    "oidc": _oidc,
    "id_token": _id_token,
    "session": _session,
    "accept": _fixed(
        b'multipart/related; type="application/dicom"; transfer-syntax=*;q=0.5, */*;q=0.1',
        b"application/dicom; transfer-syntax=1.2.840.10008.1.2.1",
        b"text/html,application/json;q=0.9\x1efr-FR,fr;q=0.8,en;q=0.5",
    ),
    "authorization": _fixed(b"Bearer abc-._~+/09==", b"Basic dGVuYW50Og==", b"bearer " + b"0" * 64),
    "certificate": _certificate,
    "certificate_parts": _certificate_parts,
    "enrolment": _enrolment,
    "white_list": _white_lists,
    "white_list_content": _list_contents,
    "revocation_list": _revocation_lists,
    "retry_after": _fixed(b"120", b"Tue, 24 Nov 2026 10:05:00 GMT", b"Tue Nov 24 10:05:00 2026"),
    "request": _fixed(
        b"application/x-www-form-urlencoded\x1ename=A%C3%A9+b&token=x",
        b'application/json\x1e{"name": "x"}',
        b"application/json\x1eeyJuYW1lIjogIngifQ==",
    ),
    "json_bodies": _fixed(
        _json({"ins": "279035121518989", "oid": "1.2.250.1.213.1.4.10", "from": "2026-01-02"}),
        _json({"studies": {"1.2.3": "1.2.4"}, "sender": "RIS|SITE"}),
        _json({"study_instance_uid": "1.2.3", **_REASON}),
        _json({"keep": "these", "revision": 1, **_REASON}),
        _json({"name": "Mine", "filter": {"state": "held"}}),
        _json({"study_instance_uid": STUDY}),
    ),
    "agent_beat": _agent_beat,
    "agent_answer": _agent_answers,
    "agent_index": lambda: iter((_json(agents.told()["index"]),)),
    "agent_body": _agent_bodies,
    "feed_check": _cda,
    "contextual_call": _fixed(calls.body(calls.pairs(calls.WHOLE)), b"PatientID=%E9"),
    "report_link": _fixed(
        b"requestType\x1eSTUDY\x1estudyUID\x1e1.2.3\x1eAccessionnumber\x1e1.2.A\x1eidCDA\x1e1.2.4",
        b"idCDA\x1e1",
    ),
    "queue_query": _fixed(
        b"\x1e\x1eRIS|SITE\x1e2026-11-26T09:00:00 01:00\x1e2026-11-27T09:00:00Z\x1ee30=",
        b"held\x1enot_for_dmp",
    ),
    "search_query": _fixed(
        b"Modality\x1eC*\x1eSeriesInstanceUID\x1e1.2,1.3\x1eincludefield\x1e00400275.00400009,Rows\x1elimit\x1e9",
        b"StudyDate\x1e20260101-\x1eStudyTime\x1e-0930\x1eoffset\x1e1\x1efuzzymatching\x1etrue",
        b"00200013\x1e1\x1eincludefield\x1eall\x1e0020000D\x1e1.2\x1eincludefield\x1e00091001",
    ),
    "cursor": _fixed(urlsafe_b64encode(_json(["m", NOW.isoformat()]))),
    "tenant": _fixed(_json(FACTS), _json({**FACTS, "operators": [PROGRAM, PERSON]})),
}
