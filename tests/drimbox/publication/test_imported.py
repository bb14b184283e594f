"""functions.drimbox.publication.imported: a study of another site is never published."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.oid import Uid
from functions.drimbox.publication.imported import Imported, is_own, require_own
from tests.fakes.memory import MemoryImported, MemoryRecords, VirtualClock

STUDY = Uid("1.2.3")


def test_an_imported_study_is_held_and_every_other_one_is_not() -> None:
    imported = MemoryImported()
    imported.add(Imported(STUDY, "1860000011", VirtualClock().now()))
    require_own(imported, Uid("1.2.4"))
    with pytest.raises(Held) as held:
        require_own(imported, STUDY)
    assert held.value.code == "imported_study"


def test_a_study_that_nobody_here_knows_is_not_own() -> None:
    assert not is_own(MemoryRecords(), STUDY)
