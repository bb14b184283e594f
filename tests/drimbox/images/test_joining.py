"""A study written from the bodies of its series: the same objects, however these come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.images.joining import Joined, JoinedObject, JoinedSeries, decode
from functions.drimbox.images.multipart import Item, boundary_of, lay_out, read_parts

LITTLE, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"
Objects = list[tuple[bytes, str]]
OBJECTS: st.SearchStrategy[Objects] = st.lists(
    st.tuples(st.binary(min_size=1, max_size=40), st.sampled_from((LITTLE, JPEG))),
    min_size=1,
    max_size=6,
)


def stored(number: int, objects: Objects) -> tuple[JoinedSeries, bytes]:
    """A series and its body, as the cache has it."""
    layout = lay_out(f"of-series-{number}", [Item(len(data), syntax) for data, syntax in objects])
    body = b"".join(head + data for head, (data, _) in zip(layout.heads, objects, strict=True))
    places = [
        JoinedObject(offset, len(data), syntax)
        for offset, (data, syntax) in zip(layout.offsets, objects, strict=True)
    ]
    return JoinedSeries(f"key-{number}", tuple(places)), body + layout.tail


def written(joined: Joined, bodies: dict[str, bytes], size: int) -> bytes:
    """The answer, from bodies that come in pieces of ``size``."""
    found = bytearray()
    for series, cut in joined.cuts():
        body = bodies[series.source][: series.end]
        while not cut.whole:
            for piece in cut.feed(body[cut.position : cut.position + size]):
                found += piece
    return bytes(found) + joined.layout.tail


@given(series=st.lists(OBJECTS, min_size=1, max_size=4), size=st.integers(1, 200))
def test_every_object_is_there_once_under_one_boundary(series: list[Objects], size: int) -> None:
    made = [stored(number, objects) for number, objects in enumerate(series)]
    joined = Joined("of-the-study", [one for one, _ in made])
    body = written(joined, {one.source: data for one, data in made}, size)
    assert len(body) == joined.layout.size
    assert b"of-series" not in body.replace(b"".join(d for s in series for d, _ in s), b"")
    every = [one for objects in series for one in objects]
    layout = lay_out("of-the-study", [Item(len(data), syntax) for data, syntax in every])
    expected = b"".join(h + data for h, (data, _) in zip(layout.heads, every, strict=True))
    assert body == expected + layout.tail
    assert joined.layout.content_type == layout.content_type


def test_the_answer_is_read_as_multipart(tmp_path: Path) -> None:
    made = [stored(1, [(b"one", LITTLE), (b"two", JPEG)]), stored(2, [(b"three", LITTLE)])]
    joined = Joined("b", [one for one, _ in made])
    body = written(joined, {one.source: data for one, data in made}, 7)
    parts = list(read_parts([body], boundary_of(joined.layout.content_type), tmp_path))
    assert [part.path.read_bytes() for part in parts] == [b"one", b"two", b"three"]


@given(series=st.lists(OBJECTS, min_size=1, max_size=3))
def test_what_was_encoded_is_read_again(series: list[Objects]) -> None:
    joined = Joined("b", [stored(number, one)[0] for number, one in enumerate(series)])
    again = decode(joined.at(lambda key: f"https://storage/{key}?x=é").encode())
    assert (again.boundary, again.layout) == (joined.boundary, joined.layout)
    assert [one.objects for one in again.series] == [one.objects for one in joined.series]
    assert again.series[0].source == "https://storage/key-0?x=é"


@pytest.mark.parametrize(
    "changes",
    [
        {"form": 2},
        {"form": None},
        {"boundary": None, "series": None},
        {"series": [{"source": "s", "objects": []}]},
        {"series": [{"source": "s", "objects": [[0, 0, 0]]}]},
        {"series": [{"source": "s", "objects": [[5, 3, 0], [7, 3, 0]]}]},
        {"series": [{"source": "s", "objects": [[-1, 3, 0]]}]},
        {"series": [{"source": "s", "objects": [[0, 3, 9]]}]},
        {"series": [{"source": "s", "objects": [[0, 3]]}]},
        {"series": [{"objects": [[0, 3, 0]]}]},
        {"transfer_syntaxes": 3},
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    series = {"source": "s", "objects": [[0, 3, 0]]}
    good = {"form": 1, "boundary": "b", "transfer_syntaxes": [LITTLE], "series": [series]}
    assert decode(json.dumps(good).encode()).layout.size > 3
    with pytest.raises(ValueError, match=r"."):
        decode(json.dumps({**good, **changes}).encode())
    for text in (b"", b"[]", b"1", b"{", b"\xff", b"null"):
        with pytest.raises(ValueError, match=r"."):
            decode(text)


def test_bytes_after_the_last_object_are_nothing() -> None:
    series, body = stored(1, [(b"one", LITTLE)])
    [(_, cut)] = Joined("b", [series]).cuts()
    first = b"".join(cut.feed(body[series.start :]))
    assert first.endswith(b"one")
    assert cut.whole
    assert list(cut.feed(b"more")) == []
