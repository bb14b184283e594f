"""functions.drimbox.images.retrieve_frames: the frames of one object, as it holds them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate

from functions.drimbox.errors import (
    Absent,
    BadRequest,
    NotAcceptable,
    NotReady,
    StorageUnavailable,
    TooLarge,
)
from functions.drimbox.images import retrieve_frames
from functions.drimbox.images.cache import CachedSeries
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.drimbox.images.retrieve import Target
from functions.drimbox.images.retrieve_frames import FramesAnswer, decide_frames, read_frame_list
from functions.drimbox.manifest.read import Manifest
from tests.drimbox.images.samples import (
    EXPLICIT,
    JPEG_LS,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
)

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
ANY = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
NATIVE, ONE, CINE = (f"{SERIES}.{number}" for number in (1, 2, 3))
# Three frames of 4 x 4 words each, and the streams of a film of three.
WORDS = [bytes([number]) * 32 for number in range(3)]
STREAMS = [b"first.", b"second..", b"third..."]


class Box:
    """A filled cache and the current manifest over it."""

    def __init__(self, spool: Path) -> None:
        self.store = MemoryStore()
        self.manifest: Manifest | None = manifest(1, 2, 3)
        native = instance(1, NumberOfFrames=3, PixelData=b"".join(WORDS))
        film = pydicom.dcmread(BytesIO(instance(3, JPEG_LS)))
        film.NumberOfFrames = 3
        film.PixelData = encapsulate(STREAMS)
        out = BytesIO()
        film.save_as(out)
        objects = [native, instance(2, JPEG_LS), out.getvalue()]
        index = fill_series(FolderPacs(objects), self.store, self.manifest, SERIES, spool=spool)
        self.indexes: dict[SeriesKeys, CachedSeries] = {KEYS: index}
        self.reads: list[tuple[int, int]] = []

    def ask(
        self, uid: str, *numbers: int, accept: str | list[str] = ANY, **changes: Any
    ) -> FramesAnswer:
        headers: dict[str, Any] = {
            "accept": [accept] if isinstance(accept, str) else accept,
            "kos_sop_instance_uid": [MANIFEST],
            **changes,
        }
        target = Target(STUDY, SERIES, uid)
        return decide_frames(
            self.manifest, target, self.indexes.get, numbers=numbers or (1,), **headers
        )

    def read(self, key: str, offset: int, size: int) -> bytes | None:
        self.reads.append((offset, size))
        return self.store.get_range(key, offset, size)

    def object(self, uid: str) -> bytes:
        one = self.indexes[KEYS].find(uid)
        assert one is not None
        return self.store.objects[KEYS.multipart][one.offset : one.offset + one.size]

    def change(self, uid: str, **facts: Any) -> None:
        index = self.indexes[KEYS]
        instances = tuple(
            replace(one, **facts) if one.sop_instance_uid == uid else one for one in index.instances
        )
        self.indexes[KEYS] = replace(index, instances=instances)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def parts(answer: FramesAnswer, box: Box, folder: Path) -> list[tuple[str, bytes]]:
    folder.mkdir()
    body = answer.body(box.read)
    found = read_parts([body], boundary_of(answer.content_type), folder)
    return [(one.headers["content-type"], one.path.read_bytes()) for one in found]


def test_native_frames_in_the_order_of_the_request(box: Box, tmp_path: Path) -> None:
    answer = box.ask(NATIVE, 3, 1)
    kind = f"application/octet-stream;transfer-syntax={EXPLICIT}"
    assert parts(answer, box, tmp_path / "p") == [(kind, WORDS[2]), (kind, WORDS[0])]
    assert answer.content_type.startswith('multipart/related;type="application/octet-stream"')


def test_compressed_frames_have_the_media_type_of_their_syntax(box: Box, tmp_path: Path) -> None:
    answer = box.ask(
        CINE, 2, accept=f'multipart/related;type="image/jls";transfer-syntax={JPEG_LS}'
    )
    assert parts(answer, box, tmp_path / "p") == [
        (f"image/jls;transfer-syntax={JPEG_LS}", STREAMS[1])
    ]
    # As octets, where the client names the syntax, or takes any.
    for number, syntax in enumerate((JPEG_LS, "*")):
        accept = f'multipart/related;type="application/octet-stream";transfer-syntax={syntax}'
        ((kind, data),) = parts(box.ask(CINE, 3, accept=accept), box, tmp_path / str(number))
        assert (kind, data) == (f"application/octet-stream;transfer-syntax={JPEG_LS}", STREAMS[2])


def test_one_frame_may_be_the_body_itself(box: Box) -> None:
    answer = box.ask(CINE, 1, accept="image/jls")
    assert answer.content_type == f"image/jls;transfer-syntax={JPEG_LS}"
    assert answer.body(box.read) == STREAMS[0]
    answer = box.ask(NATIVE, 2, accept="application/octet-stream")
    assert answer.body(box.read) == WORDS[1]
    with pytest.raises(NotAcceptable):
        box.ask(NATIVE, 1, 2, accept="application/octet-stream")


def test_an_object_whose_frames_are_all_asked_for_may_come_as_it_is(
    box: Box, tmp_path: Path
) -> None:
    # The network's requesters ask for frames so, with every syntax in a list.
    accept = ",".join(
        f'multipart/related; type="application/dicom";transfer-syntax={syntax};q=0.5;boundary=**'
        for syntax in ("1.2.840.10008.1.2.4.70", JPEG_LS, EXPLICIT)
    )
    answer = box.ask(ONE, 1, accept=f"{accept},")
    kind = f"application/dicom;transfer-syntax={JPEG_LS}"
    assert parts(answer, box, tmp_path / "p") == [(kind, box.object(ONE))]
    answer = box.ask(NATIVE, 1, 2, 3, accept=accept)
    assert parts(answer, box, tmp_path / "q")[0][1] == box.object(NATIVE)
    # Some frames of an object are no object.
    for numbers in ((1,), (3, 2, 1), (1, 2, 3, 3)):
        with pytest.raises(NotAcceptable):
            box.ask(NATIVE, *numbers, accept=accept)
    assert box.ask(ONE, 1, accept="application/dicom;transfer-syntax=*").body(
        box.read
    ) == box.object(ONE)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "image/jls"),
        ("multipart/*; transfer-syntax=*", "image/jls"),
        ("multipart/related; transfer-syntax=*", "image/jls"),
        ("; transfer-syntax=*", "image/jls"),
        (f"multipart/related; transfer-syntax={JPEG_LS}", "image/jls"),
        ("image/*", "image/jls"),
        (
            f'multipart/related;type="image/jls";q=0.2, {ANY};q=0.9',
            "application/octet-stream",
        ),
        (
            'multipart/related;type="image/jls";q=0, multipart/related;transfer-syntax=*;q=0.1',
            "application/octet-stream",
        ),
    ],
)
def test_the_form_that_is_liked_most(box: Box, accept: str, media: str) -> None:
    assert media in box.ask(CINE, 1, accept=accept).content_type


@pytest.mark.parametrize(
    "accept",
    [
        # The default of octets is Explicit VR Little Endian, in which the film is not.
        'multipart/related; type="application/octet-stream"',
        'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.81',
        'multipart/related; type="image/jp2"',
        'multipart/related; type="image/jls"; q=0',
        "text/plain",
        "*/*;q=0",
        "multipart/mixed",
    ],
)
def test_a_form_that_nobody_has_is_refused(box: Box, accept: str) -> None:
    with pytest.raises(NotAcceptable):
        box.ask(CINE, 1, accept=accept)


def test_an_accept_that_is_none(box: Box) -> None:
    for accept in ([], [" "]):
        with pytest.raises(BadRequest):
            box.ask(CINE, accept=accept)
    with pytest.raises(NotAcceptable):
        box.ask(CINE, accept="x" * 17_000)


def test_the_manifest_in_force_alone_opens(box: Box) -> None:
    with pytest.raises(Absent):
        box.ask(CINE, kos_sop_instance_uid=["2.25.1"])
    with pytest.raises(BadRequest):
        box.ask(CINE, kos_sop_instance_uid=[])
    with pytest.raises(Absent):
        box.ask("1.2.3")
    with pytest.raises(Absent):
        box.ask(CINE, 4)
    box.indexes = {}
    with pytest.raises(NotReady):
        box.ask(CINE)


def test_frames_that_nobody_can_tell_apart_are_not_cut(box: Box) -> None:
    box.change(CINE, frames=None)
    with pytest.raises(NotAcceptable):
        box.ask(CINE)


def test_a_small_object_is_held_against_its_hash(box: Box) -> None:
    box.change(CINE, sha256="0" * 64)
    with pytest.raises(StorageUnavailable):
        box.ask(CINE, 1).body(box.read)
    with pytest.raises(StorageUnavailable):
        box.ask(NATIVE, 1).body(lambda *_: None)


def test_of_a_large_object_the_frames_alone_are_read(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = box.indexes[KEYS].find(CINE)
    assert one is not None
    assert one.frames is not None
    answer = box.ask(CINE, 2, accept="image/jls")
    monkeypatch.setattr(retrieve_frames, "DIRECT_LIMIT", 100)
    assert answer.body(box.read) == STREAMS[1]
    assert box.reads == [(one.offset + one.frames[1][0], one.frames[1][1])]
    for found in (None, b"short"):
        with pytest.raises(StorageUnavailable):
            answer.body(lambda *_, found=found: found)


def test_frames_of_several_pieces_are_joined(box: Box) -> None:
    one = box.indexes[KEYS].find(NATIVE)
    assert one is not None
    assert one.frames is not None
    at = one.frames[0][0]
    box.change(NATIVE, frames=((at, 4, at + 8, 2),))
    answer = box.ask(NATIVE, accept="application/octet-stream")
    assert answer.body(box.read) == WORDS[0][:4] + WORDS[0][8:10]


def test_more_than_one_answer_holds(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve_frames, "DIRECT_LIMIT", 40)
    assert box.ask(NATIVE, 1, accept="application/octet-stream").tail == b""
    with pytest.raises(TooLarge):
        box.ask(NATIVE, 1, 2, 3)


@pytest.mark.parametrize(
    "text", ["", "0", "1,", ",1", "1,,2", "-1", "01", "1 ", "a", "1;2", "1" * 7]
)
def test_a_list_that_is_none(text: str) -> None:
    with pytest.raises(BadRequest):
        read_frame_list(text)


def test_too_many_frames_of_one_request() -> None:
    most = retrieve_frames.MOST_FRAMES
    assert len(read_frame_list(",".join(["1"] * most))) == most
    for text in (",".join(["1"] * (most + 1)), ",".join(["100000"] * 2000)):
        with pytest.raises(BadRequest):
            read_frame_list(text)


@given(st.text(alphabet="0123456789,.- ", max_size=40))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        found = read_frame_list(text)
    except BadRequest:
        return
    assert ",".join(map(str, found)) == text
