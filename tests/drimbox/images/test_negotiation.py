from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import BadRequest, NotAcceptable
from functions.drimbox.images.negotiation import (
    MAX_ACCEPT_CHARACTERS,
    as_held,
    choose,
    parse_accept,
)

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "official" / "WADO"
ELE = "1.2.840.10008.1.2.1"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG = "1.2.840.10008.1.2.4.50"
NETWORK = (JPEG, "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70", JPEG_LS, ELE)

# The network's ways to write the same wish.
ONE_LINE = [
    "".join(
        f'multipart/related; type="application/dicom";transfer-syntax={ts};q=0.5;boundary=**,'
        for ts in NETWORK
    )
]
ONE_LINE_EACH = [
    f'multipart/related; type="application/dicom";transfer-syntax={ts};q=0.5;boundary=mine'
    for ts in NETWORK
]
NO_MEDIA_TYPE = [f"transfer-syntax={ts};q=0.5;boundary=mine" for ts in NETWORK]
NO_SPACE = [f"multipart/related;type=application/dicom;transfer-syntax={ts}" for ts in NETWORK]


def form(accept: list[str], *held: str, single: bool = False) -> str | None:
    """The form of the answer, None when none is acceptable."""
    try:
        return choose(parse_accept(accept), as_held(held), single=single).form
    except NotAcceptable:
        return None


@pytest.mark.parametrize("accept", [ONE_LINE, ONE_LINE_EACH, NO_MEDIA_TYPE, NO_SPACE])
def test_the_ways_of_the_network(accept: list[str]) -> None:
    assert len(parse_accept(accept)) == len(NETWORK)
    for ts in NETWORK:
        assert form(accept, ts) == "multipart"
        assert form(accept, ts, single=True) == "multipart"
    assert form(accept, "1.2.840.10008.1.2.4.90") is None


@pytest.mark.parametrize(
    ("accept", "held", "expected"),
    [
        # No transfer syntax asked means Explicit VR Little Endian.
        (["*/*"], ELE, "multipart"),
        (["*/*"], JPEG_LS, None),
        (["multipart/related"], ELE, "multipart"),
        (['multipart/related; type="application/dicom"'], ELE, "multipart"),
        (['multipart/related; type="application/dicom"'], JPEG_LS, None),
        (["multipart/*"], ELE, "multipart"),
        # Any syntax.
        (['multipart/related; type="application/dicom"; transfer-syntax=*'], JPEG_LS, "multipart"),
        (["*/*; transfer-syntax=*"], JPEG_LS, "multipart"),
        # Names are case-insensitive, the type may be quoted or not.
        ([f"Multipart/Related;TYPE=Application/DICOM;Transfer-Syntax={ELE}"], ELE, "multipart"),
        ([f'multipart/related; transfer-syntax="{JPEG_LS}"'], JPEG_LS, "multipart"),
        # Other media are not for us.
        (["text/html"], ELE, None),
        (['multipart/related; type="application/octet-stream"; transfer-syntax=*'], ELE, None),
        (["application/dicom+json"], ELE, None),
        # A series is never one object alone.
        (["application/dicom; transfer-syntax=*"], ELE, None),
        # Quality 0 forbids, in every spelling; the most specific range decides.
        ([f"multipart/related;transfer-syntax={ELE};q=0"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE};q=0.0"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE};q=1"], ELE, "multipart"),
        ([f"multipart/related;transfer-syntax={ELE};q=1.0"], ELE, "multipart"),
        ([f"multipart/related;transfer-syntax={ELE};q=1."], ELE, "multipart"),
        ([f"multipart/related;transfer-syntax={ELE};q=0, */*;transfer-syntax=*"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE}, */*;transfer-syntax=*;q=0"], ELE, "multipart"),
        ([f"multipart/related;transfer-syntax=*;q=0, transfer-syntax={ELE}"], ELE, "multipart"),
        (["multipart/related;q=0, multipart/related;transfer-syntax=*"], ELE, None),
        ([f"transfer-syntax={ELE};q=0.3, transfer-syntax={ELE};q=0"], ELE, None),
        # A quality that is none makes no range.
        ([f"multipart/related;transfer-syntax={ELE};q=2"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE};q=-1"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE};q=nan"], ELE, None),
        ([f"multipart/related;transfer-syntax={ELE};q="], ELE, None),
        # A comma and a semicolon inside quotes separate nothing.
        (['text/html;x="a,multipart/related;b"'], ELE, None),
        (['multipart/related;x="a;q=0";transfer-syntax=*'], JPEG_LS, "multipart"),
    ],
)
def test_acceptable_forms_of_a_series(accept: list[str], held: str, expected: str | None) -> None:
    assert form(accept, held) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (["application/dicom"], "single"),
        (["application/*"], "single"),
        (["application/dicom;transfer-syntax=*"], "single"),
        (["*/*"], "multipart"),
        (["multipart/related;q=0.5, application/dicom;q=0.9"], "single"),
        (["multipart/related;q=0.9, application/dicom;q=0.5"], "multipart"),
        (["application/dicom, multipart/related"], "multipart"),
        (["multipart/related;q=0, application/dicom"], "single"),
        (["multipart/related;q=0, */*"], "single"),
        (["application/json"], None),
    ],
)
def test_one_object_may_come_alone(accept: list[str], expected: str | None) -> None:
    assert form(accept, ELE, single=True) == expected


def test_every_held_syntax_must_be_acceptable() -> None:
    accept = [f"transfer-syntax={ELE};q=0.2, transfer-syntax={JPEG_LS};q=0.9"]
    assert form(accept, ELE, JPEG_LS) == "multipart"
    assert form(accept, ELE, JPEG_LS, JPEG) is None
    assert form(["*/*"], ELE, JPEG_LS) is None


def test_nothing_held_is_not_acceptable() -> None:
    assert form(["*/*;transfer-syntax=*"]) is None


@pytest.mark.parametrize("lines", [[], [""], [" ", ""]])
def test_no_accept_is_a_bad_request(lines: list[str]) -> None:
    with pytest.raises(BadRequest):
        parse_accept(lines)


def test_ranges_without_anything_are_skipped() -> None:
    assert len(parse_accept([",, */* ,,", ""])) == 1
    assert parse_accept([","]) == ()


def test_a_long_accept_is_not_read() -> None:
    longest = "*/*," * (MAX_ACCEPT_CHARACTERS // 4)
    assert len(parse_accept([longest])) == MAX_ACCEPT_CHARACTERS // 4
    with pytest.raises(NotAcceptable, match="too long"):
        parse_accept([longest, "x"])


def test_an_object_is_sent_in_the_best_of_what_can_be_produced() -> None:
    ranges = parse_accept([f"transfer-syntax={ELE};q=0.2, transfer-syntax={JPEG_LS};q=0.9"])
    choice = choose(ranges, {JPEG: (JPEG, ELE, JPEG_LS), ELE: (ELE,)})
    assert (choice.form, choice.transfer_syntaxes) == ("multipart", {JPEG: JPEG_LS, ELE: ELE})
    with pytest.raises(NotAcceptable):
        choose(ranges, {JPEG: (JPEG,), ELE: (ELE,)})


def test_the_preferred_syntax_is_sent_among_equals() -> None:
    ranges = parse_accept(["*/*;transfer-syntax=*"])
    assert choose(ranges, {JPEG: (JPEG, ELE)}).transfer_syntaxes == {JPEG: JPEG}
    assert choose(ranges, {JPEG: (ELE, JPEG)}).transfer_syntaxes == {JPEG: ELE}


SYNTAXES = (ELE, JPEG_LS, JPEG)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["multipart/related", "application/dicom", "*/*"]),
            st.sampled_from(["*", *SYNTAXES]),
            st.sampled_from(["0", "0.3", "1"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sets(st.sampled_from(SYNTAXES), min_size=1),
    st.booleans(),
)
def test_nothing_is_sent_but_what_is_acceptable_and_can_be_produced(
    wishes: list[tuple[str, str, str]], held: set[str], single: bool
) -> None:
    ranges = parse_accept([f"{media};transfer-syntax={ts};q={q}" for media, ts, q in wishes])
    producible = {one: [one, *sorted(set(SYNTAXES) - {one})] for one in held}
    try:
        choice = choose(ranges, producible, single=single)
    except NotAcceptable:
        # Then none of it would do as it is held either.
        with pytest.raises(NotAcceptable):
            choose(ranges, as_held(held), single=single)
        return
    assert set(choice.transfer_syntaxes) == held
    for one, sent in choice.transfer_syntaxes.items():
        assert sent in producible[one]
        assert choose(ranges, as_held([sent]), single=single)


@settings(deadline=None)
@given(st.lists(st.text(max_size=200), max_size=12))
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    try:
        ranges = parse_accept(lines)
    except (BadRequest, NotAcceptable):
        return
    assert all(0 <= one.quality <= 1 for one in ranges)
    assert form(lines, ELE, single=True) in {None, "multipart", "single"}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["multipart/related", "", "application/dicom", "*/*", "multipart/*"]),
            st.sampled_from([None, "*", ELE, JPEG_LS]),
            st.sampled_from(["0", "0.0", "0.5", "1", "1.0"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_quality_zero_for_a_named_syntax_always_forbids_it(
    wishes: list[tuple[str, str | None, str]],
) -> None:
    ranges = [
        f"{media};q={q}" + (f";transfer-syntax={ts}" if ts else "") for media, ts, q in wishes
    ]
    forbidding = f"multipart/related;transfer-syntax={JPEG_LS};q=0"
    assert form([*ranges, forbidding], JPEG_LS) is None
    assert form([",".join([forbidding, *ranges])], JPEG_LS) is None


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the network's samples are not here")
@pytest.mark.parametrize("name", ["OK_Series", "OK_Study", "OK_Instances_v2", "OK_SwitchHeaders"])
def test_the_requests_of_the_network(name: str) -> None:
    text = (OFFICIAL / f"{name}.txt").read_text()
    accept = [
        line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("Accept")
    ]
    assert len(parse_accept(accept)) == 10
    assert form(accept, JPEG_LS) == "multipart"
    assert form(accept, "1.2.840.10008.1.2.4.90") is None
