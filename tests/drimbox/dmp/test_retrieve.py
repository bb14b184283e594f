"""Documents by their entries: only the bytes that the entries prove are taken."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import registry, retrieve, xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.safe_xml import UnsafeXml, parse
from tests.drimbox.dmp import answers, judges

CONTENT = b"<ClinicalDocument/>"
(ENTRY,) = registry.read_entries(parse(answers.query_response(answers.entry()).encode()))
REPOSITORY = "1.2.250.1.213.9"


def entry(content: bytes = CONTENT, unique_id: str = "2.25.7", **changes: Any) -> DocumentEntry:
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    facts = {"sha1": digest, "size": len(content), "unique_id": unique_id, **changes}
    return replace(ENTRY, **facts)


def given_document(
    unique_id: str = "2.25.7",
    content: str = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:d%401"/>',
    repository: str = REPOSITORY,
) -> str:
    return (
        f"<DocumentResponse><RepositoryUniqueId>{repository}</RepositoryUniqueId>"
        f"<DocumentUniqueId>{unique_id}</DocumentUniqueId><mimeType>text/xml</mimeType>"
        f"<Document>{content}</Document></DocumentResponse>"
    )


def answer(*documents: str, status: str = answers.registry_response()) -> Any:
    listed = "".join(documents)
    return parse(
        f'<RetrieveDocumentSetResponse xmlns="{xds.XDSB}">{status}{listed}'
        "</RetrieveDocumentSetResponse>".encode()
    )


def read(*documents: str, parts: dict[str, bytes] | None = None) -> Retrieved:
    held = {"d@1": CONTENT} if parts is None else parts
    return retrieve.read(answer(*documents), held, [entry()])


@judges.needs_schemas
def test_the_request_passes_the_schema_and_names_the_documents() -> None:
    root = parse(retrieve.request([entry(), entry(unique_id="2.25.8")]))
    judges.xsd("xds/XDS.b_DocumentRepository.xsd").assertValid(root)


def test_the_request_names_each_document_and_its_repository() -> None:
    root = parse(retrieve.request([entry(), entry(unique_id="2.25.8")]))
    assert [[part.text for part in one] for one in root] == [
        [REPOSITORY, "2.25.7"],
        [REPOSITORY, "2.25.8"],
    ]


def test_a_document_comes_as_a_part_or_in_place() -> None:
    assert read(given_document()) == Retrieved({"2.25.7": CONTENT})
    inline = given_document(content=f"\n{base64.b64encode(CONTENT).decode()}\n")
    assert read(inline, parts={}) == Retrieved({"2.25.7": CONTENT})
    assert "Clinical" not in repr(read(given_document()))


@pytest.mark.parametrize("other", [CONTENT + b" ", CONTENT[:-1], b"", CONTENT.swapcase()])
def test_other_bytes_are_not_the_document(other: bytes) -> None:
    found = read(given_document(), parts={"d@1": other})
    assert found == Retrieved({}, frozenset({"2.25.7"}))


def test_some_documents_may_be_missing() -> None:
    asked = [entry(), entry(unique_id="2.25.8")]
    found = retrieve.read(answer(given_document()), {"d@1": CONTENT}, asked)
    assert found == Retrieved({"2.25.7": CONTENT})
    assert retrieve.read(answer(), {}, asked) == Retrieved({})


@pytest.mark.parametrize(
    "documents",
    [
        (given_document("2.25.8"),),
        (given_document(), given_document("2.25.8")),
        (given_document(repository="1.2.3"),),
        (given_document(), given_document()),
        ("<DocumentResponse/>",),
        (given_document(content='<x:Include xmlns:x="u" href="cid:d%401"/>'),),
        (
            given_document(
                content=f'<i:Include xmlns:i="{"http://www.w3.org/2004/08/xop/include"}"/>'
            ),
        ),
        (given_document().replace("cid:d%401", "cid:other"),),
        (given_document().replace("cid:d%401", "d@1"),),
        (given_document(content="not base64 !"),),
        (given_document(content="<a/><b/>"),),
        (given_document().replace("</Document>", "</Document><Document/>"),),
    ],
)
def test_an_answer_that_is_not_to_this_request_is_not_taken(documents: tuple[str, ...]) -> None:
    with pytest.raises(AnswerUnreadable):
        read(*documents)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"size": None}, False),
        ({"size": 0}, False),
        ({"size": retrieve.MAX_DOCUMENT}, True),
        ({"size": retrieve.MAX_DOCUMENT + 1}, False),
        ({"sha1": ""}, False),
        ({"repository_unique_id": ""}, False),
    ],
)
def test_only_a_document_that_can_be_proved_is_asked_for(
    changes: dict[str, Any], may: bool
) -> None:
    assert retrieve.is_retrievable(entry(**changes)) is may


def test_one_document_alone_may_be_larger_than_one_of_several() -> None:
    small, large = (entry(sha1="ab" * 20, size=n) for n in (10, retrieve.MAX_DOCUMENT + 1))
    assert retrieve.are_retrievable([large])
    assert not retrieve.are_retrievable([large, small])
    assert not retrieve.are_retrievable([entry(size=retrieve.MAX_ALONE + 1)])
    assert not retrieve.are_retrievable([entry(sha1="")])
    assert retrieve.are_retrievable([small, small])
    assert not retrieve.are_retrievable([entry(size=retrieve.MAX_DOCUMENT)] * 2)
    assert not retrieve.are_retrievable([])


def test_an_answer_may_have_its_documents_in_base64_and_no_more() -> None:
    assert retrieve.longest_answer([entry(size=9000)]) > 9000 * 4 // 3
    assert retrieve.longest_answer([entry(size=9000)]) < 9000 * 2 + 40_000
    assert retrieve.longest_answer([entry(size=None)]) < 40_000


def test_the_status_stands_in_the_answer() -> None:
    assert retrieve.response_of(answer()).status == registry.SUCCESS
    bare = f'<RetrieveDocumentSetResponse xmlns="{xds.XDSB}"/>'.encode()
    for other in (parse(bare), parse(answers.registry_response().encode())):
        with pytest.raises(AnswerUnreadable):
            retrieve.response_of(other)


WHOLE = (
    f'<RetrieveDocumentSetResponse xmlns="{xds.XDSB}">{answers.registry_response()}'
    f"{given_document()}</RetrieveDocumentSetResponse>"
).encode()


@given(at=st.integers(0, 2000), cut=st.integers(0, 60), put=st.binary(max_size=20))
def test_a_mutated_answer_gives_the_document_or_nothing(at: int, cut: int, put: bytes) -> None:
    at %= len(WHOLE)
    try:
        root = parse(WHOLE[:at] + put + WHOLE[at + cut :])
        retrieve.response_of(root)
        found = retrieve.read(root, {"d@1": CONTENT}, [entry()])
    except (UnsafeXml, AnswerUnreadable):
        return
    assert found.documents in ({}, {"2.25.7": CONTENT})
