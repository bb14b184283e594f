"""functions.drimbox.peers.white_list: lists that are read, in part or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.peers.white_list import (
    NAMESPACES,
    WhiteList,
    date_time,
    read_white_list,
)
from functions.drimbox.safe_xml import parse
from tests.drimbox.peers.scenes import line, white_list

OFFICIAL = Path(__file__).resolve().parents[4] / "shared/data/official/whitelist"


def read(lines: str, **changes: str) -> WhiteList:
    return read_white_list(white_list(lines, **changes))


@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_a_domain_is_read(namespace: str) -> None:
    found = read(line("DB1.Example", "C=FR, CN=db1.example"), namespace=namespace)
    assert found.generated_at == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert found.left_aside == 0
    [one] = found.domains
    assert (one.db, one.vi, one.operator_id, one.name) == (
        "db1.example",
        "vi1.example",
        "1",
        "One",
    )
    assert one.subject == canonical_name("CN=db1.example,C=FR")


def test_hosts_are_compared_whole_and_names_structurally() -> None:
    found = read(line() + line("db2.example", "C=FR+O=B,CN=Two"))
    assert found.entry_for_host("DB1.EXAMPLE") is found.domains[0]
    for other in ("", "db1.example.evil", "xdb1.example", "db1.example.", "db1", "vi1.example"):
        assert found.entry_for_host(other) is None
    assert found.domains[1].subject == canonical_name("CN=two,O=B+C=FR")
    assert found.domains[1].subject != canonical_name("CN=two,O=B,C=FR")


@pytest.mark.parametrize(
    "wrong",
    [
        line(db=""),
        line(db="db 2.example"),
        line(db="db2.example:8443"),
        line(db="https://db2.example"),
        line(db="user@db2.example"),
        line(db="-db2.example"),
        line(db="db2..example"),
        line(db="db2.example."),
        line(db="d\u00e92.example"),
        line(db="db2_.example"),
        line(db="a" * 64 + ".example"),
        line(db=".".join(["abcdefg"] * 32)),
        line(db="db2.example<x/>"),
        line(db="db2.example", more="<db>db3.example</db>"),
        line(db="db2.example", more="<DNCertificatOperateur>CN=b</DNCertificatOperateur>"),
        line(db="db2.example", name=""),
        line(db="db2.example", name="nobody"),
        line(db="db2.example", name="CN=#0c01"),
        line(db="db2.example", name="CN=a<x/>"),
        "<Domaine/>",
    ],
)
def test_a_domain_that_cannot_be_told_is_left_aside_alone(wrong: str) -> None:
    found = read(line() + wrong)
    assert ([one.db for one in found.domains], found.left_aside) == (["db1.example"], 1)


def test_a_host_that_two_names_claim_is_nobody_s() -> None:
    other = line("DB1.example", "CN=other")
    found = read(line() + other + line("db2.example"))
    assert ([one.db for one in found.domains], found.left_aside) == (["db2.example"], 2)


@pytest.mark.parametrize(
    "wrong",
    [
        line(name=""),
        line("DB1.example", name="nobody"),
        line(name="CN=#0c01"),
        line(name="CN=a<x/>"),
        line(more="<DNCertificatOperateur>CN=b</DNCertificatOperateur>"),
        line(more="<db>db3.example</db>"),
        line("db3.example", more="<db> db1.example </db>"),
        line("db1.example<x/>", name="CN=other"),
    ],
)
def test_a_wrong_line_claims_the_hosts_that_it_names(wrong: str) -> None:
    for lines in (line() + wrong, wrong + line()):
        found = read(lines + line("db2.example"))
        assert ([one.db for one in found.domains], found.left_aside) == (["db2.example"], 2)
        assert found.entry_for_host("db1.example") is None


def test_a_line_may_stand_twice_and_one_name_may_have_several_hosts() -> None:
    found = read(line() * 2 + line("db2.example"))
    assert [one.db for one in found.domains] == ["db1.example", "db1.example", "db2.example"]
    assert found.left_aside == 0


def test_elements_that_the_form_does_not_name_are_passed_over() -> None:
    found = read(line(more="<Nouveau>x</Nouveau>") + "<Autre>" + line("db2.example") + "</Autre>")
    assert [one.db for one in found.domains] == ["db1.example"]
    assert read(line(more='<db xmlns="urn:other">db3.example</db>')).domains == found.domains


def test_a_viewer_s_host_that_cannot_be_told_is_none() -> None:
    assert read(line(more="<vi>vi2.example</vi>")).domains[0].vi == ""


@pytest.mark.parametrize(
    ("lines", "changes"),
    [
        (line(), {"version": "1.0.1"}),
        (line(), {"version": ""}),
        (line(), {"namespace": "urn:other"}),
        (line(), {"date": ""}),
        (line(), {"date": "2026-11-24"}),
        (line(), {"date": "2026-11-24T08:00:00"}),
        ("", {}),
        (line(db=""), {}),
        (line() + line(name="CN=other"), {}),
    ],
)
def test_a_list_that_is_not_of_the_form_is_refused(lines: str, changes: dict[str, str]) -> None:
    with pytest.raises(WhiteListUnusable) as caught:
        read(lines, **changes)
    assert caught.value.code == "white_list_content"


@pytest.mark.parametrize("part", ["ListeDomaines", "DateDeGeneration"])
@pytest.mark.parametrize("times", [0, 2])
def test_a_part_that_is_missing_or_repeated_refuses_the_list(part: str, times: int) -> None:
    root = white_list(line())
    [found] = root.iterchildren(f"{{*}}{part}")
    root.remove(found)
    for _ in range(times):
        root.append(etree.fromstring(etree.tostring(found)))
    with pytest.raises(WhiteListUnusable):
        read_white_list(root)


@pytest.mark.parametrize("root", ["<a/>", '<a xmlns="urn:x" versionFormat="1.0.0"/>'])
def test_another_document_is_refused(root: str) -> None:
    with pytest.raises(WhiteListUnusable):
        read_white_list(etree.fromstring(root))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T08:00:00Z", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00:00.25+02:00", datetime(2026, 11, 24, 6, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-11-24T08:00:00", None),
        ("2026-13-24T08:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("20261124T080000Z", None),
        ("\u0662026-11-24T08:00:00Z", None),
    ],
)
def test_a_date_has_its_time_zone(text: str, expected: datetime | None) -> None:
    assert date_time(text) == expected


TEXTS = st.text(st.characters(exclude_categories=["C"], exclude_characters="<&>"), max_size=40)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_no_text_of_a_line_adds_a_host_or_a_name(lines: list[tuple[str, str]]) -> None:
    found = read(line() + "".join(line(db, name) for db, name in lines) + line("z.example"))
    wanted = {"db1.example", "z.example", *(db.strip().lower() for db, _ in lines)}
    assert {one.db for one in found.domains} <= wanted
    assert len(found.domains) + found.left_aside == len(lines) + 2
    for one in found.domains:
        assert found.entry_for_host(one.db) is not None


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the national test data is not here")
def test_the_official_list_is_read() -> None:
    """That sample, of 2024, names two hosts as db and vi at once."""
    found = read_white_list(parse((OFFICIAL / "signed.xml").read_bytes()))
    assert (len(found.domains), found.left_aside) == (6, 0)
    entry = found.entry_for_host("db2.345.mesimagesmedicales.fr")
    assert entry is not None
    assert entry.subject == canonical_name(
        "C=FR, ST=Marseille (13), O=editeur, OU=49188397100039, CN=db2.345.mesimagesmedicales.fr"
    )
