"""An archive that we make: within the limits of its readers, and read by our own reader."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from functions.drimbox.outside import made_archive
from functions.drimbox.outside.archive import read_archive
from functions.drimbox.outside.given_file import read_file
from functions.drimbox.outside.made_archive import (
    ArchiveMaker,
    PublishedSet,
    Sender,
    placed_metadata,
)
from functions.drimbox.outside.metadata import read_metadata
from functions.drimbox.outside.xdm import read_sets
from functions.drimbox.safe_xml import UnsafeXml
from tests.drimbox.outside.archives import FOLDER, located, reading, submitted

FILES = submitted()
AT = datetime(2026, 11, 29, 13, 22, 5, tzinfo=UTC)
SENDER = Sender("Imagerie <b>&amp;", "1750803447", "DRIMbox 0")


def stored(metadata: bytes = FILES["METADATA.XML"]) -> bytes:
    """The metadata before an archive named its files."""
    for name in ("KOS_1_1.DCM", "SIGN_1.XML"):
        slot = located(
            b'<rim:ExtrinsicObject id="DocumentKOS"><rim:ExtrinsicObject id="Signature01">'
        )
        start = slot.index(b"<rim:Slot")
        one = slot[start : slot.index(b"</rim:Slot>") + 11].replace(b"KOS_1_1.DCM", name.encode())
        metadata = metadata.replace(one, b"")
    assert b"URI" not in metadata
    return metadata


def published(**changes: str) -> PublishedSet:
    facts = {"entry_uuid": "urn:uuid:1", "link": "1.2;;3", **changes}
    return PublishedSet(FILES["KOS_1_1.DCM"], FILES["SIGN_1.XML"], stored(), **facts)


def maker() -> ArchiveMaker:
    return ArchiveMaker("KA202611", SENDER, AT)


def test_the_metadata_name_the_files_and_the_registry_s_entry() -> None:
    data = placed_metadata(published(), FOLDER)
    assert [one.file for one in read_metadata(data, FOLDER)] == ["KOS_1_1.DCM", "SIGN_1.XML"]
    assert b'value="urn:uuid:1"' in data
    assert b"EntryUUID" not in placed_metadata(published(entry_uuid=""), FOLDER)
    with pytest.raises(UnsafeXml):
        placed_metadata(PublishedSet(b"", b"", b"<"), FOLDER)


def test_an_entry_of_no_file_of_ours_gets_none() -> None:
    other = stored().replace(b'id="Signature01"', b'id="Other01"')
    data = placed_metadata(PublishedSet(b"", b"", other), FOLDER)
    assert data.count(b'name="URI"') == 1


def test_our_own_reader_reads_it() -> None:
    made = maker()
    assert made.add(published())
    assert made.add(published(link=""))
    data = made.whole()
    files = read_archive(data)
    assert [sorted(one.files) for one in read_sets(files)] == [
        ["CR.TXT", "KOS_1_1.DCM", "SIGN_1.XML"],
        ["KOS_1_1.DCM", "SIGN_1.XML"],
    ]
    assert b"Imagerie &lt;b&gt;&amp;amp;" in files["KA202611/INDEX.HTM"]
    assert "Imagerie <b>&amp;" in files["KA202611/README.TXT"].decode()
    (reason,) = {*read_file(data, reading()).refused}
    assert reason, "two manifests of one study and time: neither opens"


def test_a_set_that_does_not_fit_is_left_for_the_next_archive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("MAX_SETS", 1), ("MAX_FILE", 20_000), ("MAX_ALL", 30_000)):
        with monkeypatch.context() as limits:
            limits.setattr(made_archive, name, value)
            made = maker()
            assert made.add(published())
            assert not made.add(published())
            assert made.count == 1
            assert len(read_sets(read_archive(made.whole()))) == 1


def test_one_set_has_an_archive_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_archive, "MAX_FILE", 1)
    assert maker().add(published())


def test_nothing_is_shown_of_a_set() -> None:
    assert repr(published()) == "PublishedSet(…)"
