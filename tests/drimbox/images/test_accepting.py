"""functions.drimbox.images.accepting: a body that somebody else has put, of which nothing is
believed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import Absent, StorageUnavailable
from functions.drimbox.images import accepting, fill
from functions.drimbox.images.accepting import Body, BodyRefused, accept_series
from functions.drimbox.images.cache import DIRECT_LIMIT, CachedSeries, read_index
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.fill import assemble, fill_series
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import (
    ALL,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_LS,
    MANIFEST,
    SERIES,
    STUDY,
    FolderPacs,
    MemoryStore,
    instance,
    manifest,
    stored,
)

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)
PLACE = f"{KEYS.incoming}1.multipart"
LARGE = bytes(DIRECT_LIMIT + 2)


def put(store: MemoryStore, body: bytes) -> Body:
    """The body, put as an agent puts one."""
    store.objects[PLACE] = body
    return Body(PLACE, len(body), hashlib.sha256(body).hexdigest())


def assembled(folder: Path, objects: list[bytes]) -> bytes:
    """The body that an honest agent makes of the objects of its PACS."""
    at_site = MemoryStore()
    wanted = [Uid(f"{SERIES}.{number}") for number in range(1, len(objects) + 1)]
    assemble(FolderPacs(objects), at_site, KEYS, wanted, spool=folder)
    return at_site.objects[KEYS.multipart]


def ready(folder: Path, data: bytes) -> bytes:
    """An object as a site prepares it."""
    path = stored(folder, data)
    prepare(path, read_facts(path))
    found = path.read_bytes()
    path.unlink()
    return found


def laid_out(
    objects: Sequence[bytes], *, syntaxes: Sequence[str] = (), boundary: str = ""
) -> bytes:
    """Any objects in the form of a body."""
    named = syntaxes or [EXPLICIT] * len(objects)
    items = [Item(len(one), syntax) for one, syntax in zip(objects, named, strict=True)]
    layout = lay_out(boundary or boundary_for(KEYS.multipart), items)
    pairs = zip(layout.heads, objects, strict=True)
    return b"".join([*(part for pair in pairs for part in pair), layout.tail])


def accept(store: MemoryStore, folder: Path, body: Body, *numbers: int) -> CachedSeries:
    index = accept_series(store, store, manifest(*numbers), SERIES, body, spool=folder)
    assert list(folder.iterdir()) == []
    return index


def require_refused(folder: Path, body: bytes, *numbers: int, fault: str) -> None:
    """The body is refused for that fault, and nothing of it is served."""
    store = MemoryStore()
    with pytest.raises(BodyRefused) as raised:
        accept(store, folder, put(store, body), *numbers)
    assert fault in str(raised.value)
    assert read_index(store, KEYS) is None
    assert list(folder.iterdir()) == []
    assert store.kept == []


def objects_of(kind: str) -> list[bytes]:
    return {
        "one": [instance(1)],
        "two": [instance(1), instance(2)],
        "every syntax": [instance(number, syntax) for number, syntax in enumerate(ALL, 1)],
        "no number": [instance(1, InstanceNumber=None), instance(2)],
        "a number for two": [instance(1, InstanceNumber=2), instance(2)],
        "one large": [instance(1, PixelData=LARGE)],
        "a large one of two": [instance(1, PixelData=LARGE), instance(2)],
        "no pixels": [instance(1, PixelData=None), instance(2, JPEG_LS)],
        "a name that is cut": [instance(1).replace("BÉZIERS".encode("latin-1"), b"B\xc9ZIER\x00")],
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "one",
        "two",
        "every syntax",
        "no number",
        "a number for two",
        "one large",
        "a large one of two",
        "no pixels",
        "a name that is cut",
    ],
)
def test_a_body_of_the_site_is_served_as_one_of_our_own(kind: str, tmp_path: Path) -> None:
    """Beside the body the same is stored as by a fill of ours, byte for byte."""
    objects = objects_of(kind)
    numbers = range(1, len(objects) + 1)
    ours, theirs = MemoryStore(), MemoryStore()
    expected = fill_series(FolderPacs(objects), ours, manifest(*numbers), SERIES, spool=tmp_path)
    body = put(theirs, assembled(tmp_path, objects))
    index = accept(theirs, tmp_path, body, *numbers)
    seen = theirs.look(PLACE)
    assert seen is not None
    assert index == replace(expected, body=PLACE, body_version=seen.version)
    assert read_index(theirs, KEYS) == index
    assert index.body_under(KEYS) == PLACE
    assert expected.body_under(KEYS) == KEYS.multipart
    assert theirs.objects.pop(PLACE) == ours.objects.pop(KEYS.multipart)
    del ours.objects[KEYS.index], theirs.objects[KEYS.index]
    assert theirs.objects == ours.objects
    assert {key: theirs.types[key] for key in theirs.objects} == {
        key: ours.types[key] for key in ours.objects
    }
    assert theirs.written[-1] == KEYS.index
    assert theirs.kept == [PLACE]


def test_a_body_that_comes_in_many_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "DIRECT_LIMIT", len(instance(1)))
    objects = [instance(1), instance(2, JPEG_LS)]
    whole = assembled(tmp_path, objects)
    expected = None
    for size in (1, 7, 160, len(whole) - 1, len(whole)):
        monkeypatch.setattr(accepting, "PART_BYTES", size)
        store = MemoryStore()
        index = accept(store, tmp_path, put(store, whole), 1, 2)
        expected = expected or index
        assert index == expected


def test_a_series_that_is_there_is_not_read_again(tmp_path: Path) -> None:
    store = MemoryStore()
    index = accept(store, tmp_path, put(store, assembled(tmp_path, [instance(1)])), 1)
    nothing = Body("incoming/none", 1, "")
    assert accept(store, tmp_path, nothing, 1) == index


def test_only_series_of_the_manifest_are_accepted(tmp_path: Path) -> None:
    store = MemoryStore()
    body = put(store, b"")
    with pytest.raises(Absent):
        accept_series(store, store, manifest(1), Uid("1.2.3"), body, spool=tmp_path)


def test_the_notes_are_a_part_of_the_edition(tmp_path: Path) -> None:
    """A body that was made for the manifest before its rejections has another boundary."""
    store = MemoryStore()
    body = put(store, assembled(tmp_path, [instance(1)]))
    with pytest.raises(BodyRefused, match="laid out otherwise"):
        accept_series(store, store, manifest(1), SERIES, body, spool=tmp_path, notes=1)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"key": "incoming/other"}, "is not there"),
        ({"size": -1}, "another size"),
        ({"size": +1}, "longer than"),
        ({"sha256": "0" * 64}, "another hash"),
    ],
)
def test_what_is_told_of_a_body_must_be_true(
    changes: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    store = MemoryStore()
    body = put(store, assembled(tmp_path, [instance(1)]))
    if fault == "longer than":
        store.objects[PLACE] += b"x"
    size = body.size + changes.pop("size", 0)
    with pytest.raises(BodyRefused, match=fault):
        accept(store, tmp_path, replace(body, size=size, **changes), 1)
    assert read_index(store, KEYS) is None


class Closed(MemoryStore):
    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        raise AssertionError("it is read")


def test_a_body_that_is_shorter_than_told_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Read to its end, it would look like a fault of our store, and be read again and again."""
    store = Closed()
    body = put(store, assembled(tmp_path, [instance(1)]))
    store.objects[PLACE] = store.objects[PLACE][:-1]
    with pytest.raises(BodyRefused, match="another size"):
        accept(store, tmp_path, body, 1)


def test_a_body_that_its_readers_would_get_otherwise_is_refused(tmp_path: Path) -> None:
    """They would undo a coding that nobody has judged, or wait for an archive's class."""
    store = Closed(coded=True)
    body = put(store, assembled(tmp_path, [instance(1)]))
    with pytest.raises(BodyRefused, match="as it was put"):
        accept(store, tmp_path, body, 1)


def test_a_body_in_the_place_of_the_judged_one_is_not_served(tmp_path: Path) -> None:
    """The bucket forgets the body before the index, and the key is free for another one."""
    store = MemoryStore()
    whole = assembled(tmp_path, [instance(1)])
    index = accept(store, tmp_path, put(store, whole), 1)
    assert read_index(store, KEYS) == index
    del store.objects[PLACE]
    assert read_index(store, KEYS) is None
    store.objects[PLACE] = whole[:-1] + b"x"
    assert read_index(store, KEYS) is None
    # The series is brought again.
    assert accept(store, tmp_path, put(store, whole), 1) == index
    assert read_index(store, KEYS) == index


def test_a_body_that_goes_while_it_is_read_is_none(tmp_path: Path) -> None:
    class Going(MemoryStore):
        def get_range(self, key: str, offset: int, size: int) -> bytes | None:
            return None

    store = Going()
    with pytest.raises(BodyRefused, match="is not there"):
        accept(store, tmp_path, put(store, assembled(tmp_path, [instance(1)])), 1)


def test_a_body_that_is_replaced_while_it_is_read_is_not_served(tmp_path: Path) -> None:
    class Swapped(MemoryStore):
        def get_range(self, key: str, offset: int, size: int) -> bytes | None:
            found = super().get_range(key, offset, size)
            self.objects[key] = b"another"
            return found

    store = Swapped()
    accept(store, tmp_path, put(store, assembled(tmp_path, [instance(1)])), 1)
    assert KEYS.index in store.objects
    assert read_index(store, KEYS) is None


@pytest.mark.parametrize(
    ("given", "numbers", "fault"),
    [
        ([1, 9], (1, 2), "not one of the manifest"),
        ([1, 1], (1, 2), "not wanted, or twice"),
        ([1], (1, 2), "is missing"),
        ([1, 2, 3], (1, 2), "too many"),
        ([2, 1], (1, 2), "another order"),
    ],
)
def test_exactly_the_objects_of_the_manifest_are_there(
    given: list[int], numbers: tuple[int, ...], fault: str, tmp_path: Path
) -> None:
    body = laid_out([ready(tmp_path, instance(number)) for number in given])
    require_refused(tmp_path, body, *numbers, fault=fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"StudyInstanceUID": "1.2.3"}, "another study or series"),
        ({"SeriesInstanceUID": "1.2.3"}, "another study or series"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"}, "of another class"),
        ({"PatientID": "ANOTHER"}, "several patients"),
        ({"PatientID": None}, "several patients"),
    ],
)
def test_an_object_is_what_the_manifest_says(
    changes: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    objects = [instance(1), instance(2, **changes)]
    body = laid_out([ready(tmp_path, one) for one in objects])
    require_refused(tmp_path, body, 1, 2, fault=fault)


def test_an_object_that_a_note_rejects_is_refused(tmp_path: Path) -> None:
    """The manifest that a body is judged by is without the objects that notes reject."""
    body = laid_out([ready(tmp_path, instance(number)) for number in (1, 2)])
    require_refused(tmp_path, body, 2, fault="not one of the manifest")


@pytest.mark.parametrize("syntax", [IMPLICIT, DEFLATED])
def test_an_object_must_be_in_a_form_that_is_served(syntax: str, tmp_path: Path) -> None:
    body = laid_out([instance(1, syntax)], syntaxes=[syntax])
    require_refused(tmp_path, body, 1, fault="not in a form")


def test_a_preamble_that_holds_something_is_refused(tmp_path: Path) -> None:
    """It can make the object another kind of file for its reader (PS3.10 7.5)."""
    found = b"MZ" + ready(tmp_path, instance(1))[2:]
    require_refused(tmp_path, laid_out([found]), 1, fault="not in a form")


def test_zeros_after_an_object_are_refused(tmp_path: Path) -> None:
    """A fill of ours cuts them off."""
    body = laid_out([ready(tmp_path, instance(1)) + bytes(8)])
    require_refused(tmp_path, body, 1, fault="not in a form")


@pytest.mark.parametrize("size", [-4, -40, 100])
def test_a_cut_object_is_refused(size: int, tmp_path: Path) -> None:
    body = laid_out([ready(tmp_path, instance(1))[:size]])
    require_refused(tmp_path, body, 1, fault="is cut")


def test_a_large_object_is_judged_as_a_small_one(tmp_path: Path) -> None:
    whole = ready(tmp_path, instance(1, PixelData=LARGE))
    require_refused(tmp_path, laid_out([whole[:-4]]), 1, fault="is cut")


def test_a_part_says_the_transfer_syntax_of_its_object(tmp_path: Path) -> None:
    body = laid_out([ready(tmp_path, instance(1))], syntaxes=[JPEG_LS])
    require_refused(tmp_path, body, 1, fault="another transfer syntax")


def test_an_object_larger_than_any_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "MAX_PART_BYTES", 100)
    body = laid_out([ready(tmp_path, instance(1))])
    require_refused(tmp_path, body, 1, fault="too large")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"--drimbox", b"--drimbOx"),
        (b"\r\nContent-Type", b"\r\ncontent-type"),
        (b"\r\nContent-Type", b"\n\nContent-Type"),
        (b"syntax=1.2", b"syntax=1_2"),
        (b"Content-Length: ", b"Content-Length: 0"),
        (b"Content-Length: ", b"Content-Length: " + b"1" * 200),
        (b"Content-Length: ", b"X-More: 1\r\nContent-Length: "),
        (b"--\r\n", b"--\n\n"),
        (b"--\r\n", b"-\r\n"),
    ],
)
def test_a_body_has_one_layout(old: bytes, new: bytes, tmp_path: Path) -> None:
    whole = assembled(tmp_path, [instance(1)])
    assert old in whole
    place = whole.rindex(old) if old.startswith(b"--\r") else whole.index(old)
    changed = whole[:place] + new + whole[place + len(old) :]
    store = MemoryStore()
    with pytest.raises(BodyRefused, match=r"laid out otherwise|ends early"):
        accept(store, tmp_path, put(store, changed), 1)


def test_a_line_without_an_end_is_refused_before_the_rest_is_read(tmp_path: Path) -> None:
    whole = assembled(tmp_path, [instance(1)])
    head = whole[: whole.index(b"Content-Length: ")]
    require_refused(tmp_path, head + b"Content-Length: " + b"1" * 400, 1, fault="laid out")


def test_bytes_after_the_body_are_refused(tmp_path: Path) -> None:
    whole = assembled(tmp_path, [instance(1)])
    require_refused(tmp_path, whole + b"\0", 1, fault="longer than its objects")


def test_a_head_that_says_the_same_with_other_bytes_is_refused(tmp_path: Path) -> None:
    """A length with a plus, or more digits, would be another body than the one that is computed."""
    whole = assembled(tmp_path, [instance(1)])
    store = MemoryStore()
    changed = whole.replace(b"Content-Length: ", b"Content-Length: +")
    with pytest.raises(BodyRefused, match="laid out otherwise"):
        accept(store, tmp_path, put(store, changed), 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_body_with_changed_bytes_is_never_taken_for_its_own(
    tmp_path: Path, data: st.DataObject
) -> None:
    """It is refused, or each object in it is one of the manifest, whole, with its own hash."""
    changed = bytearray(assembled(tmp_path, [instance(1), instance(2, JPEG_LS)]))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    store = MemoryStore()
    body = put(store, bytes(changed[: data.draw(st.integers(1, len(changed)))]))
    try:
        index = accept(store, tmp_path, body, 1, 2)
    except BodyRefused:
        assert read_index(store, KEYS) is None
        return
    folder = tmp_path / "again"
    folder.mkdir()
    given_objects = []
    for one in index.instances:
        found = store.objects[PLACE][one.offset : one.offset + one.size]
        assert hashlib.sha256(found).hexdigest() == one.sha256
        given_objects.append(found)
    other = MemoryStore()
    again = fill_series(FolderPacs(given_objects), other, manifest(1, 2), SERIES, spool=folder)
    folder.rmdir()
    assert replace(again, body=PLACE) == index


@pytest.mark.parametrize("key", ["metadata", "display", "index.json", ".1.dcm", ".1.multipart"])
def test_a_store_that_fails_leaves_no_index(key: str, tmp_path: Path) -> None:
    objects = [instance(1, PixelData=LARGE), instance(2)]
    store = MemoryStore(broken={f"/{key}" if key[0] != "." else key: StorageUnavailable("down")})
    if key == ".1.multipart":
        store.broken = {f"{SERIES}.1.multipart": StorageUnavailable("down")}
    body = put(store, assembled(tmp_path, objects))
    with pytest.raises(StorageUnavailable):
        accept(store, tmp_path, body, 1, 2)
    assert read_index(store, KEYS) is None
    assert len(accept(store, tmp_path, body, 1, 2).instances) == 2


def test_an_index_names_a_bounded_number_of_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "MAX_PIECES", 4)
    monkeypatch.setattr(accepting, "MAX_PIECES", 4)
    objects = [
        instance(number, NumberOfFrames=frames, Rows=4 // frames)
        for number, frames in ((1, 2), (2, 4), (3, 2), (4, 1))
    ]
    store = MemoryStore()
    index = accept(store, tmp_path, put(store, assembled(tmp_path, objects)), 1, 2, 3, 4)
    assert [one.frames and len(one.frames) for one in index.instances] == [2, None, 2, None]


MEMORY = """
import hashlib, resource, sys
from pathlib import Path
from functions.drimbox.images.accepting import Body, accept_series
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.ports import StoredObject
from tests.drimbox.images.samples import EXPLICIT, MANIFEST, SERIES, STUDY, instance, manifest

count, size = int(sys.argv[2]), int(sys.argv[3])
tag = b"\\xe0\\x7f\\x10\\x00OW\\0\\0" + size.to_bytes(4, "little")
heads = [instance(number, PixelData=None) + tag for number in range(1, count + 1)]
items = [Item(len(head) + size, EXPLICIT) for head in heads]
layout = lay_out(boundary_for(SeriesKeys(STUDY, MANIFEST, SERIES).multipart), items)
path = Path(sys.argv[1]) / "body"
whole = hashlib.sha256()
with path.open("wb") as file:
    def write(data):
        whole.update(data)
        file.write(data)
    for at, head in zip(layout.heads, heads):
        write(at + head)
        for _ in range(size // 65536):
            write(bytes(65536))
    write(layout.tail)
del heads

class Upload:
    def add(self, number, part): pass
    def complete(self): pass
    def abort(self): pass

class Store:
    def put(self, key, data, content_type):
        while data.read(1 << 16): pass
    def get(self, key, *, max_bytes): return None
    def get_range(self, key, offset, size):
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)
    def look(self, key): return StoredObject(layout.size, "1")
    def keep(self, key): pass
    def upload(self, key, content_type): return Upload()

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
index = accept_series(
    Store(), Store(), manifest(*range(1, count + 1)), SERIES,
    Body("incoming/1", layout.size, whole.hexdigest()), spool=Path(sys.argv[1]),
)
assert len(index.instances) == count
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(("count", "size"), [(1, 256 << 20), (64, 4 << 20)])
def test_the_memory_does_not_grow_with_the_body(count: int, size: int, tmp_path: Path) -> None:
    """In MiB, beside the pages of a file that is mapped."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path), str(count), str(size)],
        capture_output=True,
        text=True,
        check=True,
    )
    mapped = (size >> 20) if count == 1 else 0
    assert int(done.stdout) < 64 + mapped
