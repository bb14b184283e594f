"""functions.drimbox.publication.inbox: the identifiers and keys of messages and notes."""

from __future__ import annotations

import re
from itertools import combinations

from functions.drimbox.oid import Uid
from functions.drimbox.publication.inbox import (
    NOTE_PREFIX,
    ack_key,
    message_id,
    message_key,
    note_id_of,
    note_key,
)


def test_an_identifier_depends_on_every_part_and_reveals_none() -> None:
    parts = [
        ("demo", ("RIS", "SITE"), "1"),
        ("demo2", ("RIS", "SITE"), "1"),
        ("demo", ("RIS2", "SITE"), "1"),
        ("demo", ("RIS", "SITE2"), "1"),
        ("demo", ("RISS", "ITE"), "1"),
        ("demo", ("RIS", "SITE"), "11"),
    ]
    found = [message_id(*one) for one in parts]
    assert all(one != other for one, other in combinations(found, 2))
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


def test_a_note_is_never_taken_for_a_message() -> None:
    note = note_id_of("demo", Uid("1.2.3"))
    assert re.fullmatch(f"{NOTE_PREFIX}[0-9a-f]{{32}}", note)
    assert len({note, note_id_of("demo2", Uid("1.2.3")), note_id_of("demo", Uid("1.2.4"))}) == 3
    others = {note_id_of("demo", Uid("1.2.3"), raw) for raw in (b"1", b"2")}
    assert len({note, *others}) == 3
    assert not message_id("demo", ("RIS", "SITE"), "1").startswith(NOTE_PREFIX)


def test_each_object_of_the_inbox_has_its_own_key() -> None:
    assert len({message_key("1"), ack_key("1"), note_key("1")}) == 3
    assert message_key("1") != message_key("2")
