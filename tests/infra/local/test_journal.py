"""The journal: appended entries are there after any crash, in order, once."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.aws.journal import Journal, JournalError


def _all(folder: Path) -> list[object]:
    journal = Journal(folder)
    return [*journal.snapshot(), *journal.changes()]


def test_appended_entries_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.compact([{"n": 0}])
    journal.append({"n": 1, "text": "é\n"})
    journal.append({"n": 2})
    assert _all(tmp_path) == [{"n": 0}, {"n": 1, "text": "é\n"}, {"n": 2}]
    journal.close()


def test_compaction_replaces_what_was_there(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.compact([])
    first.append({"n": 1})
    first.close()
    second = Journal(tmp_path)
    second.compact([*second.snapshot(), *second.changes(), {"n": 2}])
    second.append({"n": 3})
    second.close()
    assert _all(tmp_path) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert len(list(tmp_path.iterdir())) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_crash_during_compaction_leaves_the_older_generation(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.compact([])
    journal.append({"n": 1})
    journal.close()
    (tmp_path / "00000002.new").write_bytes(b'{"n":')
    assert _all(tmp_path) == [{"n": 1}]


def test_crash_after_compaction_does_not_count_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.compact([])
    journal.append({"n": 1})
    journal.close()
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = Journal(tmp_path)
    again.compact([{"n": 1}])
    again.close()
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    assert _all(tmp_path) == [{"n": 1}]


def test_append_needs_an_open_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="not open"):
        Journal(tmp_path).append({})


def test_damage_before_the_end_is_said(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.compact([])
    journal.append({"n": 1})
    journal.close()
    path = next(tmp_path.glob("*.journal"))
    path.write_bytes(b"garbage\n" + path.read_bytes())
    with pytest.raises(JournalError, match="line 1"):
        _all(tmp_path)


@given(st.lists(st.dictionaries(st.text(), st.text()), max_size=5), st.data())
def test_file_cut_anywhere_keeps_every_whole_entry(
    entries: list[dict[str, str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        journal = Journal(folder)
        journal.compact([])
        for entry in entries:
            journal.append(entry)
        journal.close()
        path = next(folder.glob("*.journal"))
        content = path.read_bytes()
        cut = data.draw(st.integers(0, len(content)))
        path.write_bytes(content[:cut])
        assert (
            _all(folder)
            == [json.loads(line) for line in content[:cut].split(b"\n")[:-1]]
            == entries[: content[:cut].count(b"\n")]
        )
