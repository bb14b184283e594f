"""The wire: XML, MTOM packages, SOAP envelopes, and any bytes at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from simulators.dmp.certificates import Authorities
from simulators.dmp.dsg import Signed, check_signature_document
from simulators.dmp.ebrim import structure_errors
from simulators.dmp.kos import BadManifest, read_manifest
from simulators.dmp.lifecycle import update_errors
from simulators.dmp.markup import BadXml, parse
from simulators.dmp.mtom import BadPackage, media_type, read_package, write_package
from simulators.dmp.registry import Registry
from simulators.dmp.signatures import BadSignature
from simulators.dmp.soap import SoapFault, read_envelope
from simulators.dmp.store import Store
from simulators.dmp.submission import metadata_errors, read_submission
from tests.simulators.dmp.sender import (
    ITI_18,
    ITI_41,
    NOW,
    SOAP,
    STRUCTURE,
    WSA,
    Deletion,
    Publication,
    Query,
    Reply,
    Site,
    Vihf,
    kos,
)

XOP = 'multipart/related; type="application/xop+xml"; boundary=b'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>',
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>" + b"x" * 11_000_000 + b"</a>",
        b"<a>\x00</a>",
    ],
)
def test_xml_that_is_not_read(data: bytes) -> None:
    with pytest.raises(BadXml):
        parse(data)


def test_xml_has_a_size() -> None:
    assert parse(b"<a/>", max_bytes=4).tag == "a"
    with pytest.raises(BadXml, match="too large"):
        parse(b"<a/>", max_bytes=3)


def test_text_is_not_cut_at_a_comment() -> None:
    assert parse(b"<a>FR123<!-- x -->456<?pi?>7</a>").text == "FR1234567"


@given(st.binary())
def test_any_bytes_are_xml_or_not(data: bytes) -> None:
    try:
        root = parse(data)
    except BadXml:
        return
    assert isinstance(root.tag, str)


def test_content_types() -> None:
    kind, parameters = media_type('Multipart/Related; TYPE="a/b"; boundary="x\\"y"; start=<1>; a=b')

    assert kind == "multipart/related"
    assert parameters == {"type": "a/b", "boundary": 'x"y', "start": "<1>", "a": "b"}


def part(content: bytes, *headers: str) -> bytes:
    return b"--b\r\n" + "\r\n".join(headers).encode() + b"\r\n\r\n" + content + b"\r\n"


ROOT = part(b"<e/>", "Content-Type: application/xop+xml", "Content-ID: <0.1>")
END = b"--b--\r\n"


def test_a_package_is_read() -> None:
    body = (
        b"preamble\r\n"
        + part(b"aGk=\r\n", "content-id:\r\n <0.2>", "Content-Transfer-Encoding: BASE64")
        + part(b"\r\n--bx\r\n", "Content-ID: <0.3>", "Content-Transfer-Encoding: 8bit")
        + ROOT
        + END
        + b"epilogue"
    )

    read = read_package(body, f"{XOP}; start=<0.1>")

    assert read.root == b"<e/>"
    assert read.parts == {"0.2": b"hi", "0.3": b"\r\n--bx\r\n"}


def test_the_first_part_is_the_root_without_start() -> None:
    assert read_package(ROOT + END, XOP).root == b"<e/>"


def test_lines_ending_in_lf_are_read_in_lenient_mode_only() -> None:
    body = (ROOT + END).replace(b"\r\n", b"\n")

    assert read_package(body, "multipart/related; boundary=b", lenient=True).root == b"<e/>"
    with pytest.raises(BadPackage):
        read_package(body, XOP)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "", "Content-Type"),
        (b"", "text/xml", "Content-Type"),
        (ROOT + END, "multipart/related; boundary=b", "type parameter"),
        (ROOT + END, 'multipart/related; type="application/xop+xml"', "boundary"),
        (ROOT + END, f"{XOP}{'b' * 71}", "boundary"),
        (ROOT, XOP, "no closing boundary"),
        (END, XOP, "no part"),
        (ROOT + ROOT + END, XOP, "same Content-ID"),
        (ROOT + END, f"{XOP}; start=<0.9>", "start"),
        (part(b"", "Content-ID: <0.1>") + END, XOP, "root part"),
        (part(b"", "Content-Type: application/xop+xml") + END, XOP, "no Content-ID"),
        (part(b"", "no colon") + END, XOP, "no colon"),
        (b"--b\r\nContent-ID: <1>\r\n" + END, XOP, "blank line"),
        (part(b"x", f"X: {'x' * 9000}") + END, XOP, "blank line"),
        (
            part(b"a", "Content-ID: <1>", "Content-Transfer-Encoding: base64") + END,
            XOP,
            "not base64",
        ),
        (
            part(b"a", "Content-ID: <1>", "Content-Transfer-Encoding: uuencode") + END,
            XOP,
            "unknown Content-Transfer-Encoding",
        ),
        (
            b"".join(part(b"", f"Content-ID: <{number}>") for number in range(20)) + END,
            XOP,
            "too many parts",
        ),
    ],
)
def test_packages_that_are_not_read(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(BadPackage, match=words):
        read_package(body, content_type)


@given(st.binary())
def test_a_written_value_is_read(envelope: bytes) -> None:
    content_type, body = write_package(envelope, "uuid:1")

    assert read_package(body, content_type).root == envelope


def soap(header: str, body: str = "<x/>", version: str = SOAP) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{version}" xmlns:a="{WSA}">{header}<s:Body>{body}</s:Body>'
        "</s:Envelope>"
    ).encode()


ID = "<a:MessageID>urn:uuid:1</a:MessageID>"
ACTION = f"<a:Action>{ITI_18}</a:Action>"


def head(*headers: str) -> str:
    return f"<s:Header>{''.join(headers)}</s:Header>"


def test_an_envelope_is_read() -> None:
    reply_to = "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>"
    ignored = '<n xmlns="urn:x" s:mustUnderstand="0"/>'

    request = read_envelope(
        soap(head(ID, ACTION, f"{reply_to}</a:ReplyTo>", ignored)), action=ITI_18
    )

    assert (request.message_id, request.payload.tag, request.security) == ("urn:uuid:1", "x", None)


@pytest.mark.parametrize(
    ("data", "code", "subcode", "status"),
    [
        (b"garbage", "Sender", "", 400),
        (
            soap(head(ID, ACTION), version="http://schemas.xmlsoap.org/soap/envelope/"),
            "VersionMismatch",
            "",
            500,
        ),
        (soap(""), "Sender", "", 400),
        (soap(head(ID, ACTION), ""), "Sender", "", 400),
        (soap(head(ID, ACTION), "<x/><y/>"), "Sender", "", 400),
        (soap(head(ACTION)), "Sender", "wsa:MessageAddressingHeaderRequired", 400),
        (soap(head(ID)), "Sender", "wsa:MessageAddressingHeaderRequired", 400),
        (soap(head(ID, ID, ACTION)), "Sender", "wsa:InvalidAddressingHeader", 400),
        (soap(head(ID, ACTION, ACTION)), "Sender", "wsa:InvalidAddressingHeader", 400),
        (
            soap(head(ID, f"<a:Action>{ITI_41}</a:Action>")),
            "Sender",
            "wsa:ActionNotSupported",
            400,
        ),
        (
            soap(head(ID, ACTION, "<a:ReplyTo><a:Address>http://x/</a:Address></a:ReplyTo>")),
            "Sender",
            "wsa:InvalidAddressingHeader",
            400,
        ),
        (
            soap(head(ID, ACTION, '<n xmlns="urn:x" s:mustUnderstand="true"/>')),
            "MustUnderstand",
            "",
            500,
        ),
    ],
)
def test_envelopes_that_are_not_read(data: bytes, code: str, subcode: str, status: int) -> None:
    with pytest.raises(SoapFault) as refused:
        read_envelope(data, action=ITI_18)

    fault = refused.value
    assert (fault.code, fault.subcode, fault.status) == (code, subcode, status)


@pytest.fixture(scope="module")
def registry(site: Site) -> Iterator[Registry]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "dmp.sqlite")
        yield Registry(store, Authorities.from_pem(site.ca_pem), clock=lambda: NOW)
        store.close()


CONTENT_TYPES = st.sampled_from([XOP, "application/soap+xml", "text/xml", ""]) | st.text()


def is_refused(answer: Any) -> bool:
    """A fault or a Failure; below 500 but for the two that SOAP itself wants there."""
    reply = Reply.of(*answer)
    high = reply.fault in {"soap:VersionMismatch", "soap:MustUnderstand"}
    return bool(reply.fault or reply.codes) and (reply.status < 500 or high)


@given(body=st.binary(), content_type=CONTENT_TYPES)
def test_any_bytes_are_refused_in_order(
    registry: Registry, site: Site, body: bytes, content_type: str
) -> None:
    assert is_refused(registry.submit(body, content_type, site.peer))
    assert is_refused(registry.query(body, content_type, site.peer))
    assert is_refused(registry.query(body, content_type, body))
    assert is_refused(registry.update(body, content_type, site.peer))
    assert registry.transaction_of("registry", body, content_type) == "iti-18"
    assert registry.state() == []


REQUESTS: list[tuple[str, Callable[[Site], Publication | Query | Deletion]]] = [
    ("iti-41", Publication),
    ("iti-41", lambda site: Publication(site, replaces=("urn:uuid:0",))),
    ("iti-18", Query.find),
    ("iti-57", lambda site: Deletion(site, ("urn:uuid:0",))),
]


@settings(max_examples=60)
@given(data=st.data())
def test_a_good_request_with_any_bytes_changed_never_fails_otherwise(
    registry: Registry, site: Site, data: st.DataObject
) -> None:
    """Cuts and changes anywhere: an orderly answer, and nothing that is not whole is kept."""
    transaction, made = data.draw(st.sampled_from(REQUESTS))
    body, content_type = made(site).build()
    begin = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(begin, min(len(body), begin + 50)))
    changed = body[:begin] + data.draw(st.binary(max_size=20)) + body[end:]

    answer = registry.execute(transaction, changed, content_type, site.peer)

    assert is_refused(answer) or Reply.of(*answer).success
    registry.clear()


@given(st.binary(max_size=400), st.integers(0, 400))
def test_any_bytes_are_a_manifest_or_not(noise: bytes, cut: int) -> None:
    good = kos()
    for data in (noise, b"\0" * 128 + b"DICM" + noise, good[:cut] + noise + good[cut:]):
        try:
            read = read_manifest(data)
        except BadManifest:
            continue
        assert read.sop_instance_uid == "2.25.1111"


@given(st.binary())
def test_any_bytes_are_no_signature(site: Site, content: bytes) -> None:
    with pytest.raises(BadSignature):
        check_signature_document(
            content,
            Signed("1.2", "1.3", {}),
            authorities=Authorities.from_pem(site.ca_pem),
            holders=frozenset({STRUCTURE}),
            at=NOW,
        )


OBJECTS = ("RegistryPackage", "ExtrinsicObject", "Association", "Classification", "Other")
PARTS = ("ExternalIdentifier", "Slot", "ValueList", "Value", "Name", "LocalizedString")
ELEMENTS = st.sampled_from((*OBJECTS, *PARTS, "VersionInfo"))
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "name", "value", "classificationScheme", "identificationScheme"]),
    st.text(st.characters(categories=["L", "N", "P"]), max_size=20),
)


@st.composite
def rim_elements(draw: st.DrawFn, depth: int = 4) -> etree._Element:
    element = etree.Element(
        f"{{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}}{draw(ELEMENTS)}", draw(ATTRIBUTES)
    )
    if depth:
        element.extend(draw(st.lists(rim_elements(depth=depth - 1), max_size=3)))
    return element


@settings(max_examples=50)
@given(rim_elements())
def test_any_registry_objects_are_read_and_judged(element: etree._Element) -> None:
    objects = etree.Element("{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}RegistryObjectList")
    objects.append(element)

    assert list(metadata_errors(read_submission(objects)))
    assert list(update_errors(read_submission(objects)))
    assert all(isinstance(fault, str) for fault in structure_errors(objects))


def test_the_reasons_of_faults_hold_no_value(registry: Registry, site: Site) -> None:
    """A canary as the patient of the VIHF is not in the answer that refuses it."""
    canary = Vihf(site, patient="CANARY42^^^&1.2.3&ISO^PI")
    body, content_type = Query.find(site, vihf=canary).build()

    answer = registry.query(body, content_type, site.peer)

    assert b"CANARY42" in body
    assert b"CANARY42" not in answer.body
    assert answer.status == 400
