"""A page's file is kept sealed, for its session alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.aws.sessions import unguessable
from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.consultation.shown_documents import ShownDocuments
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.outside import given_files
from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.given_file import GivenFile, read_file
from functions.drimbox.outside.given_files import GivenFiles, Signed
from functions.drimbox.outside.signed import Proof
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import STUDY
from tests.drimbox.outside.archives import AT, kos, reading
from tests.drimbox.reading.exam_scenes import MANIFEST, exam_entry
from tests.drimbox.reading.shelves import PAGE, SESSION, Records
from tests.fakes.memory import VirtualClock


def files(records: Records) -> GivenFiles:
    clock = VirtualClock()
    seal = Seal(b"secret", "demo", "given files")
    shown = ShownDocuments(records, clock, unguessable, Seal(b"secret", "demo", "shown"))
    return GivenFiles(SealedStore(records, clock, unguessable, seal), shown)


@pytest.mark.parametrize("piece", [given_files.PIECE, 100])
def test_a_file_is_found_again_by_its_page_and_session(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_files, "PIECE", piece)
    records = Records()
    held = files(records)
    given = replace(read_file(kos(), reading()), refused=(Reason.OLDER,), others=2)
    held.keep(PAGE, SESSION, given, AT)
    found = held.get(PAGE, SESSION)
    assert found is not None
    assert found.entries == (given.exams[0].entry,)
    assert found.signed == (Signed(Proof.NONE, "", ""),)
    assert (found.given_at, found.refused, found.others) == (AT, (Reason.OLDER,), 2)
    assert not found.is_archive
    assert held.manifest(PAGE, SESSION, found.entries[0]) == kos()
    for page, session in (("q" * 43, SESSION), (PAGE, "t" * 43)):
        assert held.get(page, session) is None
        assert held.manifest(page, session, found.entries[0]) is None
    for secret in (MANIFEST, str(STUDY), CALL.ins.value, PAGE, SESSION):
        assert secret not in str(records.kept)


def test_no_manifest_is_given_for_an_entry_of_the_dmp() -> None:
    held = files(Records())
    held.keep(PAGE, SESSION, read_file(kos(), reading()), AT)
    assert held.manifest(PAGE, SESSION, exam_entry()) is None


def test_the_next_file_takes_the_place_of_the_former() -> None:
    held = files(Records())
    held.keep(PAGE, SESSION, read_file(kos(), reading()), AT)
    held.keep(PAGE, SESSION, GivenFile((), (Reason.GONE,), is_archive=True), "later")
    found = held.get(PAGE, SESSION)
    assert found is not None
    assert (found.entries, found.given_at, found.is_archive) == ((), "later", True)
