"""The spool's file: order, one message for one name, sealed, private, whole or not at all."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.spool.store import NAME, Entry, Head, Kept, Spool
from functions.drimbox.errors import ConfigurationError, StorageUnavailable
from tests.agent.scenes import KEY, nonce, spool_at

AT = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def entry(
    control_id: str = "1", raw: bytes = b"MSH|one", sender: str = "RIS|SITE", minute: int = 0
) -> Entry:
    return Entry(sender, control_id, raw, b"ACK " + raw, AT + timedelta(minutes=minute))


def test_a_message_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    spool = spool_at(tmp_path / "spool")
    assert spool.put([entry()]) == [Kept(b"ACK MSH|one")]
    spool.close()
    again = spool_at(tmp_path / "spool")
    assert again.heads() == [Head(1, "RIS|SITE", 7)]
    stored = again.load(1)
    assert stored is not None
    assert (stored.control_id, stored.raw, stored.accepted_at) == ("1", b"MSH|one", AT)
    assert again.holds("RIS|SITE")
    assert again.waiting == 1


def test_each_sender_has_its_own_order(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry("1"), entry("2"), entry("1", sender="B|S"), entry("3")])
    assert spool.heads() == [Head(1, "RIS|SITE", 7), Head(3, "B|S", 7)]
    spool.remove(Head(1, "RIS|SITE", 7))
    spool.put_aside(Head(2, "RIS|SITE", 7), "refused_AE")
    assert spool.heads() == [Head(3, "B|S", 7), Head(4, "RIS|SITE", 7)]
    assert spool.asides() == [Head(2, "RIS|SITE", 7)]
    assert spool.waiting == 2
    spool.remove(Head(2, "RIS|SITE", 7))
    assert (spool.asides(), spool.waiting) == ([], 2)


def test_a_message_that_was_put_aside_makes_the_spool_no_older(tmp_path: Path) -> None:
    """Else its age would answer AR to everybody in the next outage."""
    spool = spool_at(tmp_path)
    spool.put([entry("1"), entry("2", minute=5)])
    spool.put_aside(Head(1, "RIS|SITE", 7), "refused_AE")
    assert spool.oldest_at == AT + timedelta(minutes=5)
    spool.close()
    assert spool_at(tmp_path).oldest_at == AT + timedelta(minutes=5)


@pytest.mark.parametrize(("pragma", "said"), [("journal_mode", "delete"), ("synchronous", 1)])
def test_a_folder_that_promises_nothing_durable_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str, said: object
) -> None:
    whole = Spool._value

    def value(spool: Spool, query: str, *given_: object) -> object:
        return said if query == f"PRAGMA {pragma}" else whole(spool, query, *given_)

    monkeypatch.setattr(Spool, "_value", value)
    with pytest.raises(ConfigurationError, match="durably"):
        spool_at(tmp_path)
    monkeypatch.undo()
    spool_at(tmp_path)


def test_the_same_message_again_is_one_and_gets_the_first_answer(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry()])
    again = Entry("RIS|SITE", "1", b"MSH|one", b"another ack", AT)
    assert spool.put([again, again]) == [Kept(b"ACK MSH|one")] * 2
    assert spool.waiting == 1


def test_other_bytes_under_a_known_name_are_not_kept(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry()])
    assert spool.put([entry(raw=b"MSH|two")]) == [Kept(None)]
    spool.put_aside(Head(1, "RIS|SITE", 7), "refused_AE")
    assert spool.put([entry(raw=b"MSH|two")]) == [Kept(None)]
    assert spool.depth().aside == 1


def test_depth_counts_what_waits(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    assert (spool.depth().messages, spool.depth().oldest_at) == (0, None)
    spool.put([entry("1", minute=3), entry("2", b"MSH|other", minute=1)])
    depth = spool.depth()
    assert (depth.messages, depth.bytes, depth.oldest_at) == (2, 16, AT + timedelta(minutes=3))


def test_nothing_of_a_message_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    secret = b"MSH|a patient's name and report"
    spool.put([entry(raw=secret)])
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"RIS|SITE" in on_disk
    assert b"patient" not in on_disk.replace(b"ACK " + secret, b"")
    stored = spool.load(1)
    assert stored is not None
    assert stored.raw == secret


def test_a_message_that_was_sent_leaves_nothing_but_an_empty_log(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    raw = b"MSH|" + bytes(range(256)) * 400
    spool.put([Entry("RIS|SITE", "1", raw, b"ACK", AT)])
    sealed = spool._connection.execute("SELECT sealed FROM messages").fetchone()[0]
    spool.remove(Head(1, "RIS|SITE", 7))
    assert (tmp_path / f"{NAME}-wal").stat().st_size == 0
    assert sealed[2_000:2_100] not in (tmp_path / NAME).read_bytes()
    assert (tmp_path / NAME).stat().st_size < len(raw)


def test_files_and_folder_are_the_agents_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "spool"
    spool = spool_at(folder)
    spool.put([entry()])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / NAME).touch(0o644)
    spool_at(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_two_processes_never_share_a_spool(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    with pytest.raises(ConfigurationError, match="locked"):
        spool_at(tmp_path)
    spool.close()
    spool_at(tmp_path)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    spool_at(tmp_path).close()
    with pytest.raises(ConfigurationError, match="the key is not that of the spool"):
        spool_at(tmp_path, bytes(32))


def test_the_key_is_told_whether_the_spool_is_new(tmp_path: Path) -> None:
    asked: list[bool] = []

    def key(is_new: bool) -> bytes:
        asked.append(is_new)
        return KEY

    for _ in range(2):
        Spool(tmp_path, key, nonce).close()
    assert asked == [True, False]


def test_a_spool_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    spool_at(tmp_path).close()
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(ConfigurationError, match="another release"):
        spool_at(tmp_path)


def test_a_file_that_is_no_spool_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"not a database" * 1_000)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        spool_at(tmp_path)


def test_a_damaged_spool_is_never_begun_anew(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry(str(n), bytes(5_000)) for n in range(40)])
    spool.close()
    path = tmp_path / NAME
    whole = bytearray(path.read_bytes())
    # The roots of the tables: each page begins with its kind.
    for page in range(1, 6):
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(whole)
    with pytest.raises(ConfigurationError, match=r"damaged|cannot be opened"):
        spool_at(tmp_path)


def test_a_message_whose_seal_is_broken_is_told_apart(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry()])
    spool._connection.execute("UPDATE messages SET accepted_at = ?", (AT.isoformat() + "x",))
    assert spool.load(1) is None


def test_a_write_that_fails_keeps_nothing_of_the_batch(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool._connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StorageUnavailable, match="full"):
        spool.put([entry("small"), entry("large", bytes(200_000))])
    assert spool.depth().messages == spool.waiting == 0
    assert spool.put([entry("small")]) == [Kept(b"ACK MSH|one")]


def test_a_disk_that_does_not_answer_is_told_by_every_method(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry()])
    spool.close()
    for work in (
        lambda: spool.put([entry("2")]),
        spool.heads,
        lambda: spool.load(1),
        lambda: spool.remove(Head(1, "RIS|SITE", 7)),
        lambda: spool.put_aside(Head(1, "RIS|SITE", 7), "x"),
        spool.asides,
        spool.depth,
    ):
        with pytest.raises(StorageUnavailable):
            work()


def test_no_value_shows_a_message(tmp_path: Path) -> None:
    spool = spool_at(tmp_path)
    spool.put([entry()])
    assert repr((entry(), spool.load(1))) == "(Entry(7 bytes), Stored(7 bytes))"


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("12345"), st.booleans()), max_size=25)
)
def test_any_course_keeps_order_and_counts(
    tmp_path_factory: pytest.TempPathFactory, course: list[tuple[str, str, bool]]
) -> None:
    """Kept or sent in any order: the waiting ones are those of a plain list."""
    spool = spool_at(tmp_path_factory.mktemp("spool"))
    model: list[tuple[str, str]] = []
    try:
        for sender, control_id, sends in course:
            if sends and (heads := spool.heads()):
                spool.remove(heads[0])
                model.pop(0)
            elif (sender, control_id) not in model:
                spool.put([entry(control_id, sender=sender)])
                model.append((sender, control_id))
            assert spool.waiting == len(model) == spool.depth().messages
            assert {head.sender for head in spool.heads()} == {sender for sender, _ in model}
    finally:
        spool.close()
