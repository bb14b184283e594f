"""Time is bounded by the bytes: no field of any segment costs more, whatever fills it.

The check of a feed reads everything that the receiver reads, and more: it is the reader here. Time
is the process's own, so that other work on the machine changes little.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest

from functions.drimbox.feed_check.facts import describe
from functions.drimbox.operations.segments import parse
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.drimbox.report.reading import inspect
from tests.drimbox.feed_check.scenes import check, order_change
from tests.drimbox.report.build import Segments, cda, message

SIZE = 65_536
# Seconds of a message of SIZE bytes: a busy machine needs about a tenth of the ceiling.
CALM = 0.1
CEILING = 0.5
FILLINGS = {
    "repetitions": "N~",
    "components": "x^",
    "subcomponents": "x&",
    "escapes": "\\F\\",
}
# Fields that are filled, up to the last that a profile of the volet knows.
FIELDS = {
    "PID": 33,
    "PV1": 20,
    "ORC": 13,
    "OBR": 33,
    "TXA": 23,
    "OBX": 16,
    "PRT": 16,
    "NTE": 5,
    "ZZZ": 3,
}


# Fields that the reader splits, by segment: the first OBX is the document, the last a flag.
SPLIT = (
    *(("PID", 0, field) for field in (3, 31, 32)),
    *(("OBX", -1, field) for field in (2, 3, 5, 11)),
    *(("PRT", 0, field) for field in (4, 5, 8)),
    *(("TXA", 0, field) for field in (12, 13)),
    ("OBX", 0, 5),
    ("ORC", 0, 1),
)


def seconds(read: Callable[[], object]) -> float:
    start = time.process_time()
    read()
    return time.process_time() - start


def best(read: Callable[[], object]) -> float:
    """Seconds of the best of three readings, or of the first that is calm."""
    least = seconds(read)
    for _ in range(2):
        if least > CALM:
            least = min(least, seconds(read))
    return least


def require_bounded(read: Callable[[bytes], object], filled: Callable[[int], bytes]) -> None:
    """Four times the bytes cost eight times the time at most, and never more than the ceiling.

    A first time may pay for an import or for the collector: the best of three counts.
    """
    whole, quarter = filled(SIZE), filled(SIZE // 4)
    took = best(lambda: read(whole))
    if took <= CALM:
        return
    less = best(lambda: read(quarter))
    assert took <= CEILING
    assert took <= 8 * less


Edit = Callable[[Segments], object]


def filled(
    base: Callable[[Edit], bytes], name: str, place: int, field: int, text: str
) -> Callable[[int], bytes]:
    """The message of ``base`` with that many bytes of ``text`` in a field of one of its segments,
    the first (0) or the last (-1) of the name; one is added when it has none.
    """

    def fill(size: int) -> bytes:
        def edit(segments: Segments) -> None:
            if all(segment[0] != name for segment in segments):
                segments.append([name])
            target = [segment for segment in segments if segment[0] == name][place]
            target += [""] * (field + 1 - len(target))
            target[field] = text * (size // len(text))

        return base(edit)

    return fill


def report(edit: Edit) -> bytes:
    return message("MDM", edit=edit)


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize(("name", "place", "field"), SPLIT)
def test_no_field_that_is_split_costs_more_than_its_bytes(
    name: str, place: int, field: int, filling: str
) -> None:
    require_bounded(
        lambda raw: describe(check(raw)), filled(report, name, place, field, FILLINGS[filling])
    )


@pytest.mark.slow
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("name", FIELDS)
def test_no_field_of_a_report_costs_more_than_its_bytes(name: str, filling: str) -> None:
    for place in (0, -1) if name == "OBX" else (0,):
        for field in range(1, FIELDS[name]):
            require_bounded(
                lambda raw: describe(check(raw)),
                filled(report, name, place, field, FILLINGS[filling]),
            )


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize(("name", "field"), [("PID", 3), ("PID", 32), ("ORC", 1), ("IPC", 3)])
def test_no_field_of_an_order_change_costs_more_than_its_bytes(
    name: str, field: int, filling: str
) -> None:
    require_bounded(check, filled(order_change, name, 0, field, FILLINGS[filling]))


@pytest.mark.parametrize("name", [*FIELDS, "MSH"])
def test_no_number_of_segments_costs_more_than_its_bytes(name: str) -> None:
    line = "|".join([name, "1", "CE", "x^^SCT", "", "N", *[""] * 26]).encode() + b"\r"
    require_bounded(check, lambda size: message() + line * (size // len(line)))


@pytest.mark.parametrize("filling", FILLINGS)
def test_no_field_costs_more_to_show(filling: str) -> None:
    require_bounded(parse, filled(report, "ZZZ", 0, 1, FILLINGS[filling]))


@pytest.mark.parametrize("end", ["\\.br\\", "\\X0D\\\\X0A\\", "\\X0A\\", "\\x0d0a\\", "  ", "\t"])
def test_a_document_in_lines_is_read_up_to_the_bytes_of_one_request(end: str) -> None:
    def lines(size: int) -> bytes:
        encoded = base64.b64encode(cda() + b" " * (size * 3 // 5)).decode()
        wrapped = end.join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
        return message(OBX={5: f"^TEXT^XML^Base64^{wrapped}"})

    def read(raw: bytes) -> None:
        assert inspect(raw).report is not None

    whole = lines(MAX_DIRECT_BYTES)
    assert MAX_DIRECT_BYTES * 3 // 4 < len(whole) <= MAX_DIRECT_BYTES
    assert seconds(lambda: read(whole)) <= CEILING * 4
