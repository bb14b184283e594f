"""The changes that keep an input's form: the same chance gives the same, and each kind occurs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from lxml import etree

from tests.drimbox.report.build import cda, message
from tests.fuzz.changing import Change, chance_of, hl7, json_text, xml
from tests.fuzz.targets import PART, TARGETS

JSON = b'{"a": [1, {"b": "c", "d": null}], "e": "12", "f": true}'
XML = b'<a xmlns="urn:hl7-org:v3"><b root="1.2" extension="3"/><c>text<d code="x"/></c></a>'
HL7 = message(document=b"<a/>")


def changes(change: Change, text: bytes, number: int = 300) -> list[bytes]:
    found = [change(text, chance_of(seed)) for seed in range(number)]
    assert None not in found
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("change", "text"), [(json_text.change, JSON), (xml.change, XML), (hl7.change, HL7)]
)
def test_the_same_chance_gives_the_same_change(change: Change, text: bytes) -> None:
    found = changes(change, text)
    assert found == changes(change, text)
    assert len(set(found)) > len(found) // 2
    # Changes go on from changes.
    for one in found:
        change(one, chance_of(1))


def test_changed_json_is_json_nearly_always() -> None:
    found = changes(json_text.change, JSON, 500)
    for one in found:
        if one.count(b"[") < 1_000:
            json.loads(one)
    texts = [one.decode() for one in found]
    assert any(one.count('"e"') > 1 for one in texts)  # a name twice
    assert any('"a"' not in one for one in texts)  # a name that is gone
    assert any("\\ud800" in one for one in texts)
    assert any("1e999" in one for one in texts)
    assert any('"e":12' in one for one in texts)  # a text as a number


def test_changed_xml_is_xml() -> None:
    found = [etree.fromstring(one) for one in changes(xml.change, cda(), 100)]
    counts = {sum(1 for _ in one.iter()) for one in found}
    usual = sum(1 for _ in etree.fromstring(cda()).iter())
    assert min(counts) < usual < max(counts)


def test_a_changed_message_has_other_segments_fields_escapes_and_delimiters() -> None:
    found = [one.decode("latin-1") for one in changes(hl7.change, HL7, 1_500)]
    usual = HL7.count(b"\r")
    assert {one.count("\r") - usual for one in found} >= {-1, 0, 1}
    assert any("\\X0D\\" in one for one in found)
    assert any(one.count("~") > HL7.count(b"~") for one in found)
    assert any(one[3:8] != "|^~\\&" and one.startswith("MSH") for one in found)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (json_text.change, b"{"),
        (json_text.change, b"12"),
        (json_text.change, b"[]"),
        (json_text.change, b"[" * 5_000),
        (xml.change, b"<a>"),
        (xml.change, b""),
        (hl7.change, b"MSH"),
        (hl7.change, b"PID|1"),
    ],
)
def test_bytes_without_the_form_are_left_to_other_changes(change: Change, text: bytes) -> None:
    assert change(text, chance_of(1)) is None


def test_the_smallest_inputs_of_each_form_can_be_changed() -> None:
    smallest: dict[Callable[..., bytes | None], bytes] = {
        json_text.change: b"[0]",
        xml.change: b"<a/>",
        hl7.change: b"MSH|^~\\&",
    }
    for change, text in smallest.items():
        changes(change, text)


def test_one_part_is_changed_and_the_others_stay() -> None:
    data = PART.join((b"200", b'{"a": 1}', b"not JSON"))
    for seed in range(50):
        changed = TARGETS["psc"].changed(data, chance_of(seed))
        assert changed is not None
        status, _, last = changed.split(PART)
        assert (status, last) == (b"200", b"not JSON")
    assert TARGETS["psc"].changed(b"200", chance_of(1)) is None
    assert TARGETS["part10"].changed(data, chance_of(1)) is None
