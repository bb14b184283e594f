"""Verifying: a whole audit passes; each thing that is missing, changed or added is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.audit_seals.ports import Version
from functions.drimbox.audit_seals.seal import Seal, read, write
from functions.drimbox.audit_seals.verifying import Verifier
from tests.drimbox.audit_seals.scenes import DAY, FIRST, Scene, at, three_days

SECOND, THIRD = FIRST + DAY, FIRST + 2 * DAY


def _record(scene: Scene, name: str = "r0", day: date = FIRST) -> Version:
    [found] = [
        one for one in scene.audit.objects if one.key == f"audit/{day}/images.retrieved/{name}.json"
    ]
    return found


def _seal_of(scene: Scene, day: date) -> Version:
    return next(one for one in scene.sealed.objects if one.key == f"seals/{day}.jsonl")


def _forge(scene: Scene, day: date, change: Callable[[Seal], Seal]) -> None:
    version = _seal_of(scene, day)
    scene.sealed.objects[version] = write(change(read(scene.bytes_of(day))))


def test_a_whole_audit_has_no_finding() -> None:
    scene = three_days()
    done = scene.verify()
    assert done.findings == ()
    assert (done.first, done.last, done.seals, done.records) == (FIRST, THIRD, 3, 4)
    assert done.head == hashlib.sha256(scene.bytes_of(THIRD)).hexdigest()
    part = scene.verify(first=SECOND, last=SECOND)
    assert (part.first, part.last, part.seals, part.records) == (SECOND, SECOND, 1, 0)
    assert part.findings == ()


def test_nothing_to_verify() -> None:
    scene = Scene()
    assert scene.verify().first is None
    scene.record(FIRST)
    done = scene.verify()
    assert (done.first, done.last, done.head, done.findings) == (None, None, "", ())


def test_records_without_any_seal_are_found_once_they_should_have_one() -> None:
    scene = Scene()
    scene.record(FIRST)
    scene.clock.at = at(FIRST, 26)
    assert scene.faults() == [], "a run may be at work on it"
    scene.clock.at = at(SECOND, 26)
    assert scene.faults() == [("no_seal", f"{FIRST}.jsonl")]


def _drop(scene: Scene) -> None:
    scene.audit.objects.pop(_record(scene))


def _alter(scene: Scene) -> None:
    scene.audit.objects[_record(scene)] = b"{}"


def _ill(scene: Scene) -> None:
    scene.trail.ill.add(_record(scene).key)


def _swap(scene: Scene) -> None:
    objects, one, other = scene.audit.objects, _record(scene), _record(scene, "r1")
    objects[one], objects[other] = objects[other], objects[one]


def _version(scene: Scene) -> None:
    found = _record(scene)
    scene.audit.objects[replace(found, version="other")] = scene.audit.objects.pop(found)


def _cover_up(scene: Scene) -> None:
    _drop(scene)
    _forge(scene, FIRST, lambda seal: replace(seal, records=seal.records[1:]))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_drop, [("missing", "r0.json")]),
        (_alter, [("changed", "r0.json")]),
        (_ill, [("changed", "r0.json")]),
        (_swap, [("changed", "r0.json"), ("changed", "r1.json")]),
        (_version, [("missing", "r0.json"), ("added", "r0.json")]),
        (lambda s: s.record(FIRST, "new"), [("added", "new.json")]),
        (lambda s: s.record(SECOND, "new"), [("added", "new.json")]),
        (
            lambda s: s.audit.put(_record(s).key, b"{}"),
            [("added", "r0.json"), ("replaced", "r0.json")],
        ),
        (
            lambda s: s.audit.put(_record(s).key, None),
            [("added", "r0.json"), ("deleted", "r0.json")],
        ),
        (lambda s: s.record(FIRST - DAY, "old"), [("outside", "old.json")]),
        (lambda s: s.record(date(2099, 1, 1), "future"), [("outside", "future.json")]),
        (lambda s: s.audit.put("audit/images/x.json", b""), [("outside", "x.json")]),
        (
            lambda s: s.sealed.objects.pop(_seal_of(s, SECOND)),
            [
                ("no_seal", f"{SECOND}.jsonl"),
                ("broken_chain", f"{THIRD}.jsonl"),
            ],
        ),
        (
            lambda s: s.sealed.objects.pop(_seal_of(s, FIRST)),
            [
                ("outside", "r0.json"),
                ("outside", "r1.json"),
                ("broken_chain", f"{SECOND}.jsonl"),
            ],
        ),
        (
            lambda s: s.sealed.put(f"seals/{FIRST}.jsonl", b"x"),
            [
                ("seal_replaced", f"{FIRST}.jsonl"),
            ],
        ),
        (
            lambda s: s.sealed.put(f"seals/{FIRST}.jsonl", None),
            [
                ("seal_deleted", f"{FIRST}.jsonl"),
            ],
        ),
        (lambda s: s.sealed.put("seals/notes.txt", b"x"), [("strange_seal", "notes.txt")]),
        (
            lambda s: s.sealed.put("seals/2027-01-01.jsonl", b"x"),
            [
                ("strange_seal", "2027-01-01.jsonl"),
            ],
        ),
        (
            lambda s: s.sealed.objects.update({_seal_of(s, THIRD): b"forged"}),
            [
                ("unreadable", f"{THIRD}.jsonl"),
            ],
        ),
        (
            lambda s: _forge(s, THIRD, lambda seal: replace(seal, tenant="other")),
            [
                ("other_seal", f"{THIRD}.jsonl"),
            ],
        ),
        (
            lambda s: _forge(s, THIRD, lambda seal: replace(seal, day=SECOND)),
            [
                ("other_seal", f"{THIRD}.jsonl"),
            ],
        ),
        (
            lambda s: _forge(s, THIRD, lambda seal: replace(seal, previous=None)),
            [
                ("broken_chain", f"{THIRD}.jsonl"),
            ],
        ),
        (
            lambda s: _forge(s, FIRST, lambda seal: replace(seal, previous="0" * 64)),
            [
                ("broken_chain", f"{FIRST}.jsonl"),
                ("broken_chain", f"{SECOND}.jsonl"),
            ],
        ),
        (
            lambda s: _forge(s, THIRD, lambda seal: replace(seal, records=seal.records[:1])),
            [
                ("added", "r1.json"),
            ],
        ),
        # A seal that is made to fit the records breaks the chain at the next one.
        (_cover_up, [("broken_chain", f"{SECOND}.jsonl")]),
    ],
)
def test_every_change_is_found(
    change: Callable[[Scene], object], found: list[tuple[str, str]]
) -> None:
    scene = three_days()
    change(scene)
    assert sorted(scene.faults()) == sorted(found)


def test_a_record_replaced_or_deleted_before_its_seal_is_told_too() -> None:
    scene = Scene()
    for name, data in (("r", b"{}"), ("d", None)):
        scene.record(FIRST, name)
        scene.audit.put(f"audit/{FIRST}/images.retrieved/{name}.json", data)
    scene.seal(FIRST)
    assert scene.faults() == [("deleted", "d.json"), ("replaced", "r.json")]


def test_a_record_of_tomorrow_is_one_of_a_clock_ahead() -> None:
    scene = three_days()
    scene.record(scene.clock.now().date() + DAY)
    assert scene.faults() == []
    scene.record(scene.clock.now().date() + 2 * DAY, "future")
    assert scene.faults() == [("outside", "future.json")]


def test_a_missing_end_of_the_chain_is_found() -> None:
    scene = three_days()
    scene.sealed.objects.pop(_seal_of(scene, THIRD))
    assert scene.faults() == [], "the day that was closed last may be in work"
    scene.clock.at = at(THIRD + DAY, 26)
    assert scene.faults() == [("no_seal", f"{THIRD}.jsonl")]


def test_a_late_record_is_told_and_stays_under_its_seal() -> None:
    scene = three_days()
    scene.record(FIRST, "late")
    scene.seal(THIRD + DAY)
    assert scene.faults() == [("late", "late.json")]
    scene.audit.objects[_record(scene, "late")] = b"{}"
    assert scene.faults() == [("late", "late.json"), ("changed", "late.json")]
    scene.audit.objects.pop(_record(scene, "late"))
    assert scene.faults() == [("missing", "late.json")]
    assert scene.faults(first=SECOND) == []


def test_a_digest_that_somebody_kept_must_be_in_the_chain() -> None:
    scene = three_days()
    kept = {THIRD: scene.verify().head}
    assert scene.faults(expected=kept) == []
    again = three_days(records=1)
    assert again.faults() == []
    assert again.faults(expected=kept) == [("not_expected", f"{THIRD}.jsonl")]
    assert again.faults(expected={THIRD + DAY: "0"}) == [("not_expected", f"{THIRD + DAY}.jsonl")]


def test_the_part_before_the_first_seal_asked_for_is_no_way_around() -> None:
    scene = three_days()
    scene.sealed.objects.pop(_seal_of(scene, SECOND))
    assert scene.faults(first=THIRD) == [("broken_chain", f"{THIRD}.jsonl")]


days = st.integers(0, 3).map(lambda number: FIRST + number * DAY)
contents = st.text(max_size=3)


@settings(max_examples=40)
@given(
    records=st.dictionaries(st.tuples(days, st.sampled_from("abcd")), contents, min_size=1),
    chosen=st.integers(0, 99),
    how=st.sampled_from(["drop", "alter", "add", "replace", "delete", "move"]),
)
def test_no_change_of_any_audit_passes(
    records: dict[tuple[date, str], str], chosen: int, how: str
) -> None:
    scene = Scene()
    for (day, name), content in records.items():
        scene.record(day, name, content)
    scene.seal(FIRST + 3 * DAY)
    assert scene.verify().findings == ()
    objects = scene.audit.objects
    one = sorted(objects, key=lambda version: version.place)[chosen % len(objects)]
    data = objects[one]
    assert data is not None
    if how == "drop":
        objects.pop(one)
    elif how == "alter":
        objects[one] = data + b" "
    elif how == "add":
        scene.audit.put(f"{one.key}x", data)
    elif how == "replace":
        scene.audit.put(one.key, data)
    elif how == "delete":
        scene.audit.put(one.key, None)
    else:
        objects[replace(one, key=f"{one.key}x")] = objects.pop(one)
    assert scene.verify().findings


def test_a_verifier_may_be_asked_again() -> None:
    scene = three_days()
    verifier = Verifier("demo", scene.trail, scene.seals)
    now = scene.clock.now()
    assert verifier.verify(now) == verifier.verify(now)
