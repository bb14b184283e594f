"""The trial of an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.check.archive import try_archive
from agent.pacs.port import Place
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.oid import Uid
from tests.fakes.memory import VirtualClock

PLACE = Place(Uid("1.2.1"), Uid("1.2.2"), Uid("1.2.3"))
REFUSED = Held("pacs_refused", "rejected: 1, 1, 3")


@dataclass
class Archive:
    """Answers, or raises."""

    alive: Any = None
    place: Any = PLACE
    given: Any = True
    takes: Any = True
    days: list[tuple[str, str]] = field(default_factory=list)

    def echo(self) -> None:
        self._or_raise(self.alive)

    def recent(self, since: str, until: str) -> Any:
        self.days.append((since, until))
        return self._or_raise(self.place)

    def takes_objects(self) -> Any:
        return self._or_raise(self.takes)

    def give(self, place: Place, spool: Path) -> Any:
        assert place == PLACE
        assert spool.is_dir()
        return self._or_raise(self.given)

    def _or_raise(self, value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value


def codes(archive: Any, spool: Path, *, dimse: bool = True, imports: bool = False) -> list[str]:
    clock = VirtualClock(datetime(2026, 11, 30, tzinfo=UTC))
    trial = try_archive(archive, clock, spool, dimse=dimse, imports=imports)
    found = [one.code for one in trial]
    assert list(spool.iterdir()) == []
    return found


def test_a_good_archive_passes_each_step(tmp_path: Path) -> None:
    archive = Archive()
    assert codes(archive, tmp_path) == ["pacs_answers", "find_answers", "object_given"]
    assert archive.days == [("20261116", "20261130")]


@pytest.mark.parametrize(
    ("archive", "dimse", "last"),
    [
        (Archive(alive=PacsUnavailable("x")), True, "pacs_away"),
        (Archive(alive=REFUSED), True, "pacs_refuses_title"),
        (Archive(alive=REFUSED), False, "pacs_refuses_login"),
        (Archive(place=PacsAnswerUnusable("x")), True, "find_fails"),
        (Archive(place=None), True, "nothing_to_fetch"),
        (Archive(given=REFUSED), True, "destination_unknown"),
        (Archive(given=REFUSED), False, "fetch_fails"),
        (Archive(given=PacsAnswerUnusable("x")), True, "move_fails"),
        (Archive(given=PacsAnswerUnusable("x")), False, "fetch_fails"),
        (Archive(given=False), True, "fetch_fails"),
    ],
)
def test_the_first_step_that_fails_is_the_last(
    archive: Archive, dimse: bool, last: str, tmp_path: Path
) -> None:
    assert codes(archive, tmp_path, dimse=dimse)[-1] == last


@pytest.mark.parametrize(
    ("takes", "told"),
    [
        (True, ["store_taken"]),
        (False, ["store_refused"]),
        (None, []),
        (PacsUnavailable("x"), ["store_refused"]),
    ],
)
def test_a_site_that_imports_is_told_whether_its_archive_takes_objects(
    takes: Any, told: list[str], tmp_path: Path
) -> None:
    archive = Archive(takes=takes)
    expected = ["pacs_answers", *told, "find_answers", "object_given"]
    assert codes(archive, tmp_path, imports=True) == expected
    assert "store_taken" not in codes(archive, tmp_path)
