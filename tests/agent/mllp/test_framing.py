"""Frames: cut anywhere, several at once, noise between them, and none larger than permitted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mllp.framing import END, START, Event, Frame, Frames, TooLarge, framed
from functions.drimbox.report.header import MAX_MSH

# Any bytes without the first byte of a mark: HL7 v2 holds neither, in any character set.
CONTENT = st.binary(max_size=60).map(lambda raw: raw.replace(START, b"").replace(END[:1], b""))
NOISE = st.binary(max_size=6).map(lambda raw: raw.replace(START, b""))


def fed(frames: Frames, stream: bytes, cuts: list[int]) -> list[Event]:
    """``stream`` in the pieces that ``cuts`` make of it."""
    places = sorted({min(cut, len(stream)) for cut in cuts})
    ends = [*places, len(stream)]
    begins = [0, *places]
    return [
        event
        for begin, end in zip(begins, ends, strict=True)
        for event in frames.feed(stream[begin:end])
    ]


@given(
    st.lists(st.tuples(NOISE, CONTENT), max_size=5),
    NOISE,
    st.lists(st.integers(0, 400), max_size=12),
)
def test_every_frame_comes_whole_wherever_the_stream_is_cut(
    parts: list[tuple[bytes, bytes]], tail: bytes, cuts: list[int]
) -> None:
    stream = b"".join(noise + framed(content) for noise, content in parts) + tail
    frames = Frames()
    assert fed(frames, stream, cuts) == [Frame(content) for _, content in parts]
    assert frames.strays == sum(len(noise) for noise, _ in parts) + len(tail)
    assert not frames.begun
    assert frames.held == 0


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=12))
def test_any_bytes_give_the_same_frames_whole_or_cut(stream: bytes, cuts: list[int]) -> None:
    whole, cut = Frames(40), Frames(40)
    assert fed(cut, stream, cuts) == whole.feed(stream)
    assert (cut.begun, cut.strays, cut.restarted) == (whole.begun, whole.strays, whole.restarted)


def test_a_frame_that_is_not_over_is_no_frame() -> None:
    frames = Frames()
    assert frames.feed(START + b"MSH|one\x1c") == []
    assert frames.begun
    assert frames.held == len(b"MSH|one\x1c")
    assert frames.feed(b"\r") == [Frame(b"MSH|one")]


def test_an_end_mark_without_its_second_byte_stays_in_the_message() -> None:
    """A reader of HL7 refuses the control character, so that nothing is taken for the whole."""
    assert Frames().feed(START + b"MSH|a\x1cb" + END) == [Frame(b"MSH|a\x1cb")]


def test_a_message_that_is_begun_anew_counts_from_its_last_beginning() -> None:
    frames = Frames()
    assert frames.feed(START + b"MSH|first, cut " + framed(b"MSH|again")) == [Frame(b"MSH|again")]
    assert frames.restarted == 1


def test_a_start_mark_inside_a_text_begins_nothing() -> None:
    frames = Frames()
    assert frames.feed(framed(b"MSH|a\x0bb")) == [Frame(b"MSH|a\x0bb")]
    assert frames.restarted == 0


@pytest.mark.parametrize("step", [1, 7, 1_000, 100_000])
def test_a_frame_above_the_limit_keeps_its_head_alone_and_the_next_one_is_whole(step: int) -> None:
    head = b"MSH|" + bytes(range(0x30, 0x3A)) * MAX_MSH
    stream = framed(head + b"x" * 20_000) + framed(b"MSH|good")
    frames = Frames(10_000)
    events: list[Event] = []
    most = 0
    for at in range(0, len(stream), step):
        events += frames.feed(stream[at : at + step])
        most = max(most, frames.held)
    assert events == [TooLarge(head[:MAX_MSH]), Frame(b"MSH|good")]
    assert most <= 10_000


def test_a_frame_of_exactly_the_limit_is_taken() -> None:
    content = b"MSH|" + b"x" * 96
    assert Frames(100).feed(framed(content)) == [Frame(content)]
    assert Frames(99).feed(framed(content)) == [TooLarge(content)]


def test_no_event_shows_a_message() -> None:
    assert repr([Frame(b"MSH|secret"), TooLarge(b"MSH|secret")]) == "[Frame(10 bytes), TooLarge(…)]"
