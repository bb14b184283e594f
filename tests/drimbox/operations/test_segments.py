"""Segments for a person to read: exactly what the receiver reads, as plain text, within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError, NotHl7
from functions.drimbox.operations.segments import MESSAGE_CHARACTERS, VALUE_CHARACTERS, parse
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.segment import escape
from tests.drimbox.operations.conftest import CASE, Reported

HEAD = "MSH|^~\\&|APP|FAC|||20261126||ORU^R01|1|P|2.5|||||FRA|UNICODE UTF-8"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["|", "^", "~", "&", "\\", "<script>alert(1)</script>", "\\X41\\", ""]
)
FIELDS = st.lists(st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=3))


@given(FIELDS)
def test_a_field_shows_what_was_put_into_it(fields: list[list[list[str]]]) -> None:
    separators = "|^~\\&"
    line = "|".join(
        ["ZZZ"]
        + [
            "~".join("^".join(escape(text, separators) for text in one) for one in repetitions)
            for repetitions in fields
        ]
    )
    shown = parse(f"{HEAD}\r{line}\r".encode())
    assert shown["complete"]
    given_ = {
        number: [[text.strip() for text in one] for one in repetitions]
        for number, repetitions in enumerate(fields, 1)
    }
    wanted = {n: values for n, values in given_.items() if any("".join(one) for one in values)}
    (_, segment) = shown["segments"]
    assert {one["number"]: one["values"] for one in segment["fields"]} == wanted
    assert json.loads(json.dumps(shown)) == shown


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_shown(tail: bytes) -> None:
    raw = f"{HEAD}\r".encode() + tail
    try:
        message = read_message(raw)
    except (MessageError, NotHl7):
        with pytest.raises((MessageError, NotHl7)):
            parse(raw)
        return
    shown = parse(raw)["segments"]
    assert [(s["segment"], s["number"]) for s in shown] == [
        (s.name, s.ordinal) for s in message.segments
    ]
    for segment, read in zip(shown, message.segments, strict=True):
        for field in segment["fields"]:
            if (read.name, field["number"]) in {("MSH", 1), ("MSH", 2)}:
                continue
            pairs = zip(read.repetitions(field["number"]), field["values"], strict=True)
            for repetition, components in pairs:
                first = repetition.text()
                alone = components[0].split(" & ")[0].strip()
                assert first == ("" if alone == '""' else alone) or "&" in first


def test_a_message_of_the_ris(held: Reported) -> None:
    shown = parse(held.world.inbox.objects[f"messages/{held.id}.hl7"])
    by_name = {one["segment"]: one for one in reversed(shown["segments"])}
    pid = {field["number"]: field for field in by_name["PID"]["fields"]}
    assert pid[3]["name"] == {"fr": "Identifiants du patient", "en": "Patient identifier list"}
    assert CASE.ins in {components[0] for components in pid[3]["values"]}
    assert by_name["MSH"]["fields"][0]["values"] == [["|"]]
    assert by_name["MSH"]["fields"][1]["values"] == [["^~\\&"]]
    long = [
        text
        for segment in shown["segments"]
        for field in segment["fields"]
        for components in field["values"]
        for text in components
        if text.endswith("…")
    ]
    assert long  # the document in base64
    assert all(len(text) == VALUE_CHARACTERS + 1 for text in long)


def test_a_message_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "|".join("x" * 1000 for _ in range(MESSAGE_CHARACTERS // 1000 + 10))
    shown = parse(f"{HEAD}\rNTE|{many}\rZZZ|tail\r".encode())
    assert not shown["complete"]
    size = sum(
        len(text)
        for segment in shown["segments"]
        for field in segment["fields"]
        for components in field["values"]
        for text in components
    )
    assert size <= MESSAGE_CHARACTERS
    assert shown["segments"][-1] == {"segment": "ZZZ", "number": 1, "fields": []}
