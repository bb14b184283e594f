"""Bytes as a text to read: in bounded time and memory, whatever they are."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from functions.drimbox.operations.raw_text import LONGEST_RUN, raw_text
from functions.drimbox.operations.segments import MESSAGE_CHARACTERS

MIB = 1024 * 1024


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_lines_end_with_a_line_feed(end: str) -> None:
    data = f"MSH|é{end}PID|1{end}".encode()
    assert raw_text(data, "utf-8") == {"text": "MSH|é\nPID|1\n", "complete": True}


@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-1", "utf-16"])
def test_a_long_run_is_its_beginning_and_its_length(encoding: str) -> None:
    run = "QUJD" * (LONGEST_RUN // 4)
    data = f"é|{run}|{run[:-1]}|é".encode(encoding)
    text = f"é|{run[:80]}… [{LONGEST_RUN}]|{run[:-1]}|é"
    assert raw_text(data, encoding) == {"text": text, "complete": True}


def test_bytes_that_are_no_characters_are_replaced() -> None:
    assert raw_text(b"a\xe9b", "utf-8")["text"] == "a\ufffdb"


@pytest.mark.parametrize("character", ["|", "é", "ē", "\U0001f600"])
def test_a_text_is_cut_at_the_last_character_that_is_shown(character: str) -> None:
    most = character * MESSAGE_CHARACTERS
    assert raw_text(most.encode(), "utf-8") == {"text": most, "complete": True}
    assert raw_text(f"{most}|".encode(), "utf-8") == {"text": most, "complete": False}


def test_line_ends_of_two_characters_cut_no_text_too_early() -> None:
    whole = "|\r\n" * (MESSAGE_CHARACTERS // 2)
    shown = raw_text(whole.encode(), "utf-8")
    assert shown["complete"]
    assert len(shown["text"]) == MESSAGE_CHARACTERS


def test_runs_that_are_too_short_cost_no_more_than_their_bytes() -> None:
    """Each was looked at again from each of its characters: 28 s for 3.9 MB."""
    pieces = b"|".join([b"A" * (LONGEST_RUN - 100)] * 1_000)
    start = time.process_time()
    assert not raw_text(pieces, "utf-8")["complete"]
    assert time.process_time() - start < 1


@pytest.mark.parametrize("filling", ["ē", "\U0001f600", "A" * LONGEST_RUN + "ē"])
def test_the_memory_is_that_of_what_is_shown(filling: str) -> None:
    data = filling.encode() * (16 * MIB // len(filling.encode()))
    tracemalloc.start()
    try:
        raw_text(data, "utf-8")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * MIB
