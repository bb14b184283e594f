"""The sets of an XDM archive."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from functions.drimbox.errors import FileRefused
from functions.drimbox.outside import xdm

SET = {
    "KA202401/IHE_XDM/SS000001/METADATA.XML": b"<m/>",
    "KA202401/IHE_XDM/SS000001/KOS_1_1.DCM": b"kos",
}


def test_each_folder_is_a_set_in_order() -> None:
    second = {name.replace("01/", "02/"): content for name, content in SET.items()}
    second = {name.replace("KA202402", "KA202401"): one for name, one in second.items()}
    people = {"KA202401/README.TXT": b"", "KA202401/INDEX.HTM": b"", "ELSE/A.TXT": b""}
    found = xdm.read_sets({**second, **people, **SET})
    assert [one.folder for one in found] == ["SS000001", "SS000002"]
    assert (found[0].metadata, dict(found[0].files)) == (b"<m/>", {"KOS_1_1.DCM": b"kos"})
    assert repr(found[0]) == "SubmittedSet(1 files)"


def test_the_first_folder_may_be_absent() -> None:
    (found,) = xdm.read_sets({"IHE_XDM/SUBSET01/METADATA.XML": b"<m/>"})
    assert found.folder == "SUBSET01"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"KA202401/README.TXT": b""},
        {"KA202401/IHE_XDM/SS000001/KOS_1_1.DCM": b"kos"},
        {**SET, "KA202402/IHE_XDM/SS000002/METADATA.XML": b"<m/>"},
        {**SET, "KA202401/IHE_XDM/SS000002/KOS_1_1.DCM": b"kos"},
        # A set that nobody would read may be the newest one.
        {**SET, "KA202401/IHE_XDM/SS-OF-MORE-LETTERS/METADATA.XML": b"<m/>"},
        {**SET, "KA202401/IHE_XDM/SS000002/SUB/METADATA.XML": b"<m/>"},
        {**SET, "KA202401/ihe_xdm/SS000002/METADATA.XML": b"<m/>"},
        {**SET, "KA202401/SUB/IHE_XDM/SS000002/METADATA.XML": b"<m/>"},
        {**SET, "KA202401/IHE_XDM/METADATA.XML": b"<m/>"},
    ],
)
def test_an_archive_of_another_layout_is_refused(files: Mapping[str, bytes]) -> None:
    with pytest.raises(FileRefused) as caught:
        xdm.read_sets(files)
    assert caught.value.code == "archive_not_xdm"


def test_sets_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xdm, "MAX_SETS", 0)
    with pytest.raises(FileRefused) as caught:
        xdm.read_sets(SET)
    assert caught.value.code == "archive_too_large"
