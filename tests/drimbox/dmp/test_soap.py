"""Requests are what MTOM says; answers are read within bounds, and nothing else escapes."""

from __future__ import annotations

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import registry, soap, xds
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import answers, judges


def test_the_envelope_keeps_the_signed_bytes() -> None:
    vihf = b'<a:Assertion xmlns:a="urn:a"  ID="_1"/>'
    data = soap.envelope(
        action="urn:x", to="https://h/?a&b", message_id="m", vihf=vihf, body=b"<b/>"
    )
    assert vihf in data
    root = parse(data)
    header, body = root
    wsa = f"{{{soap.WSA}}}"
    assert header.findtext(f"{wsa}MessageID") == "m"
    assert header.findtext(f"{wsa}To") == "https://h/?a&b"
    action = header.find(f"{wsa}Action")
    assert action is not None
    assert (action.text, action.get(f"{{{soap.SOAP}}}mustUnderstand")) == ("urn:x", "true")
    assert header.find(f"{{{soap.WSSE}}}Security/{{urn:a}}Assertion") is not None
    assert [child.tag for child in body] == ["b"]


@given(content=st.binary(max_size=300))
def test_mtom_parts_come_back_whole_by_another_reader(content: bytes) -> None:
    attached = [soap.Attachment("kos@x", content), soap.Attachment("sig@x", b"\r\n--\r\n")]
    message = soap.mtom(b"<root/>", attached, action="urn:x", boundary="drimbox-0b1")
    raw = b"Content-Type: " + message.content_type.encode() + b"\r\n\r\n" + b"".join(message.parts)
    read = email.message_from_bytes(raw)
    assert read.get_content_type() == "multipart/related"
    assert read.get_param("type") == "application/xop+xml"
    assert read.get_param("start") == "<0.1>"
    assert read.get_param("start-info") == "application/soap+xml"
    root = read.get_payload(0)
    assert isinstance(root, email.message.Message)
    assert root.get_content_type() == "application/xop+xml"
    assert root.get_param("type") == "application/soap+xml"
    assert [str(part["Content-ID"]) for part in read.walk()][1:] == ["<0.1>", "<kos@x>", "<sig@x>"]
    # The content itself is compared on the wire: email rewrites line ends of binary parts.
    assert b"Content-ID: <kos@x>\r\n\r\n" + content + b"\r\n--drimbox-0b1\r\n" in raw


def test_include_points_at_the_part() -> None:
    assert parse(soap.include("kos@x")).get("href") == "cid:kos@x"
    assert soap.plain_content_type("urn:x") == (
        'application/soap+xml; charset=UTF-8; action="urn:x"'
    )


def test_a_plain_answer() -> None:
    answer = soap.read_answer("application/soap+xml", answers.envelope("<r/>", relates_to=" m "))
    assert answer.relates_to == "m"
    assert answer.fault is None
    assert answer.body is not None
    assert answer.body.tag == "r"
    assert repr(answer) == "Answer(fault=None)"


ROOT = answers.envelope("<r/>")
OTHER = answers.envelope("<other/>")


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ('multipart/related; boundary="b"', answers.multipart("b", [("x", ROOT), ("y", OTHER)])),
        (
            'Multipart/Related;boundary=b; START="<y>"',
            answers.multipart("b", [("x", OTHER), ("y", ROOT)]),
        ),
        ("multipart/related; boundary=b", b"preamble\r\n" + answers.multipart("b", [("x", ROOT)])),
        ("multipart/related; boundary=b", answers.multipart("b", [("x", ROOT)]) + b"epilogue"),
    ],
)
def test_a_multipart_answer(content_type: str, data: bytes) -> None:
    answer = soap.read_answer(content_type, data)
    assert answer.body is not None
    assert answer.body.tag == "r"


@pytest.mark.parametrize(
    ("content_type", "data", "words"),
    [
        ("text/html", b"<html/>", "not a SOAP"),
        ("text/html", b"", "not XML"),
        ("application/soap+xml", answers.envelope("<a/><b/>"), "one body element"),
        ("application/soap+xml", answers.envelope(""), "one body element"),
        ("application/soap+xml", f'<Body xmlns="{soap.SOAP}"/>'.encode(), "not a SOAP"),
        ("application/soap+xml", f'<x><Body xmlns="{soap.SOAP}"><a/></Body></x>'.encode(), "not a"),
        ("application/soap+xml", ROOT[:-3], "not XML"),
        ("multipart/related", ROOT, "boundary"),
        (f"multipart/related; boundary={'b' * 71}", ROOT, "boundary"),
        ("multipart/related; boundary=b", b"", "not closed"),
        ("multipart/related; boundary=b", answers.multipart("b", [("x", ROOT)])[:-4], "not closed"),
        ("multipart/related; boundary=b", b"--b--", "no root part"),
        ("multipart/related; boundary=b", b"--b\r\nno header\r\n--b--", "header"),
        ("multipart/related; boundary=b", answers.multipart("b", [("x" * 9000, ROOT)]), "header"),
        ("multipart/related; boundary=b", answers.multipart("b", [("x", ROOT)] * 40), "too many"),
        (
            "multipart/related; boundary=b; start=z",
            answers.multipart("b", [("x", ROOT)]),
            "no root part",
        ),
        (
            "multipart/related; boundary=b",
            answers.multipart("b", [("x", ROOT)], encoding="base64"),
            "unknown encoding",
        ),
        (
            "multipart/related; boundary=b",
            answers.multipart("b", [("x", ROOT), ("y", b"1"), ("y", b"2")]),
            "two parts",
        ),
        (
            "multipart/related; boundary=b; start=x",
            answers.multipart("b", [("x", ROOT)])[:-7]
            + answers.multipart("b", [("y", b"*")], encoding="base64"),
            "not base64",
        ),
    ],
)
def test_bytes_that_are_not_an_answer(content_type: str, data: bytes, words: str) -> None:
    with pytest.raises(soap.AnswerUnreadable, match=words):
        soap.read_answer(content_type, data)


def test_the_limit_comes_before_the_parser() -> None:
    with pytest.raises(soap.AnswerUnreadable, match="too large"):
        soap.read_answer("application/soap+xml", ROOT, max_bytes=len(ROOT) - 1)


@pytest.mark.parametrize(
    ("content_type", "chunks"),
    [
        ("application/soap+xml", [b" \n", b"\n" + ROOT[:9], ROOT[9:]]),
        ("multipart/related; boundary=b", [answers.multipart("b", [("x", ROOT)])]),
    ],
)
def test_a_list_is_read_from_its_pieces(content_type: str, chunks: list[bytes]) -> None:
    taken: list[str] = []
    each = soap.Each("r", lambda one: taken.append(str(one.tag)))
    answer = soap.read_list_answer(content_type, chunks, each)
    assert answer.body is not None
    assert taken == [answer.body.tag]
    with pytest.raises(soap.AnswerUnreadable, match="not XML"):
        soap.read_list_answer(content_type, chunks, each, max_bytes=len(ROOT) - 1)
    with pytest.raises(soap.AnswerUnreadable, match="not XML"):
        soap.read_list_answer("application/soap+xml", [], each)


def test_a_fault_keeps_codes_and_no_text() -> None:
    answer = soap.read_answer(
        "application/soap+xml",
        answers.envelope(answers.fault("Sender", "FailedAuthentication", "Mme PATIENTE !")),
    )
    assert answer.body is None
    assert answer.fault == soap.Fault("Sender", ("FailedAuthentication", "unreadable_code"))
    assert "PATIENTE" not in repr(answer)


def test_a_fault_without_code_is_no_answer() -> None:
    with pytest.raises(soap.AnswerUnreadable, match="without code"):
        soap.read_answer("", answers.envelope(f'<Fault xmlns="{soap.SOAP}"/>'))


def test_a_fault_with_an_empty_code() -> None:
    answer = soap.read_answer("", answers.envelope(f'<Fault xmlns="{soap.SOAP}"><Code/></Fault>'))
    assert answer.fault == soap.Fault("unreadable_code", ())


CONTENT_TYPES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["application/soap+xml", "multipart/related; boundary=b"]),
    st.text(max_size=40).map(lambda text: "multipart/related;" + text),
    st.text(max_size=40).map(lambda text: "multipart/related; boundary=" + text),
)
GOOD = [ROOT, answers.multipart("b", [("x", ROOT), ("y", OTHER)])]


@given(content_type=CONTENT_TYPES, data=st.binary(max_size=400))
def test_arbitrary_bytes_are_no_answer(content_type: str, data: bytes) -> None:
    with pytest.raises(soap.AnswerUnreadable, match=r"^[A-Za-z0-9 .,]+$"):
        soap.read_answer(content_type, data)


@given(
    content_type=CONTENT_TYPES,
    good=st.sampled_from(GOOD),
    at=st.integers(0, 2000),
    cut=st.integers(0, 40),
    put=st.binary(max_size=20),
)
def test_mutated_answers_raise_only_the_documented_error(
    content_type: str, good: bytes, at: int, cut: int, put: bytes
) -> None:
    at %= len(good)
    mutated = good[:at] + put + good[at + cut :]
    try:
        answer = soap.read_answer(content_type, mutated)
    except soap.AnswerUnreadable:
        return
    assert (answer.fault is None) != (answer.body is None)


@judges.needs_official
def test_the_official_answer_once_its_lines_are_restored() -> None:
    raw = (judges.OFFICIAL / "response.xml").read_bytes()
    start, end = raw.index(b"<soap:Envelope"), raw.index(b"</soap:Envelope>") + 16
    boundary = "uuid:ac95cc6e-f93f-413d-950c-4bf9dc273d8a"
    data = answers.multipart(boundary, [("root.message@cxf.apache.org", raw[start:end])])
    content_type = (
        f'multipart/related; type="application/xop+xml"; boundary="{boundary}"; '
        'start="<root.message@cxf.apache.org>"; start-info="application/soap+xml"'
    )
    answer = soap.read_answer(content_type, data)
    assert answer.relates_to == "urn:uuid:a6ba8f7f-b214-4a2d-96f1-54293d537ce3"
    assert answer.body is not None
    assert registry.read_response(answer.body).status == registry.SUCCESS
    assert answer.body.tag == f"{{{xds.RS}}}RegistryResponse"


def test_the_other_parts_of_an_answer_are_given_decoded() -> None:
    data = answers.multipart("b", [("x", ROOT), ("y", b"raw\r\n")])[:-7]
    data += answers.multipart("b", [("z", b"YWJj\r\nZA==")], encoding="base64")
    answer = soap.read_answer("multipart/related; boundary=b; start=x", data)
    assert answer.parts == {"y": b"raw\r\n", "z": b"abcd"}
    assert soap.read_answer("application/soap+xml", ROOT).parts == {}
