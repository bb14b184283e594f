"""Several manifests by one request: those that do not come are left out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.drimbox.consultation.manifests import fetch_manifests
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import MAX_DOCUMENT, MAX_SET, Retrieved
from functions.drimbox.errors import DmpRefused, DmpUnavailable, IdentityRefused
from tests.drimbox.consultation.source_scenes import entry

KNOWN: dict[str, Any] = {"sha1": "ab" * 20, "size": 9}
ENTRIES = [entry(number, "1", **KNOWN) for number in range(1, 4)]


@dataclass
class Repository:
    """Gives every document but the ``absent`` ones; ``asked`` are the requests."""

    absent: frozenset[str] = frozenset()
    error: Exception | None = None
    asked: list[list[str]] = field(default_factory=list)

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        self.asked.append([one.unique_id for one in entries])
        if self.error is not None:
            raise self.error
        named = [one.unique_id for one in entries if one.unique_id not in self.absent]
        return Retrieved({one: one.encode() for one in named})


def test_all_manifests_come_by_one_request() -> None:
    dmp = Repository(absent=frozenset({"2.25.2"}))
    assert fetch_manifests(ENTRIES, dmp) == {"2.25.1": b"2.25.1", "2.25.3": b"2.25.3"}
    assert dmp.asked == [["2.25.1", "2.25.2", "2.25.3"]]


@pytest.mark.parametrize("error", [DmpUnavailable("late"), DmpRefused(("code",))])
def test_a_dmp_that_gives_nothing_is_no_failure_of_the_page(error: Exception) -> None:
    assert fetch_manifests(ENTRIES, Repository(error=error)) == {}


@pytest.mark.parametrize(
    ("error", "questions"),
    [
        (DmpRefused(("XDSRepositoryError",)), 4),
        (DmpUnavailable("a malformed part", alone=True), 4),
        (DmpUnavailable("nobody there"), 1),
        (IdentityRefused(("wsse:InvalidSecurity",)), 1),
    ],
)
def test_one_document_that_spoils_the_answer_spoils_its_own_alone(
    error: Exception, questions: int
) -> None:
    class Spoilt(Repository):
        def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
            self.error = error if "2.25.2" in {one.unique_id for one in entries} else None
            return super().retrieve(entries)

    dmp = Spoilt()
    found = fetch_manifests(ENTRIES, _Locked(dmp), seconds=60)
    assert sorted(found) == (["2.25.1", "2.25.3"] if questions == 4 else [])
    assert len(dmp.asked) == questions


class _Locked:
    """One question after another."""

    def __init__(self, dmp: Repository) -> None:
        self.dmp, self.lock = dmp, threading.Lock()

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        with self.lock:
            return self.dmp.retrieve(entries)


def test_one_document_that_never_comes_keeps_the_others_not_unknown() -> None:
    gate = threading.Event()

    class Slow(Repository):
        def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
            if "2.25.2" in {one.unique_id for one in entries}:
                gate.wait(60)
            return super().retrieve(entries)

    try:
        found = fetch_manifests(ENTRIES, Slow(), seconds=2)
    finally:
        gate.set()
    assert "2.25.2" not in found


def test_a_single_question_is_not_asked_twice() -> None:
    dmp = Repository(error=DmpRefused(("XDSRepositoryError",)))
    assert fetch_manifests(ENTRIES[:1], dmp) == {}
    assert len(dmp.asked) == 1


def test_every_question_is_noted_by_its_end() -> None:
    ended: list[str] = []

    @contextmanager
    def noting() -> Iterator[None]:
        try:
            yield
        except DmpRefused:
            ended.append("refused")
            raise
        ended.append("answered")

    fetch_manifests(ENTRIES, Repository(), noting=noting)
    fetch_manifests(ENTRIES[:1], Repository(error=DmpRefused(("code",))), noting=noting)
    assert ended == ["answered", "refused"]


def test_only_manifests_that_can_be_proved_and_fit_are_asked_for() -> None:
    dmp = Repository()
    large: dict[str, Any] = {"sha1": "ab" * 20, "size": MAX_DOCUMENT}
    made = [entry(1, "1"), entry(2, "1", **large), entry(3, "1", **large), *ENTRIES[:1]]
    assert 2 * MAX_DOCUMENT > MAX_SET
    fetch_manifests(made, dmp)
    assert dmp.asked == [["2.25.2", "2.25.1"]]
    assert fetch_manifests([entry(1, "1")], dmp) == {}
    assert len(dmp.asked) == 1


def test_a_slow_dmp_is_not_waited_for() -> None:
    gate = threading.Event()

    class Slow(Repository):
        def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
            gate.wait(60)
            return super().retrieve(entries)

    try:
        assert fetch_manifests(ENTRIES, Slow(), seconds=0.01) == {}
    finally:
        gate.set()


def test_a_fault_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        fetch_manifests(ENTRIES, Repository(error=ZeroDivisionError()))
