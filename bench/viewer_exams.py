"""The exams that are read: CT slices of 512² in JPEG-LS, about 200 kB each, generated once.

Each exam is one series. Its Part 10 files go to the peer; the product makes its document and its
object of prepared files, which the host and the bucket give.
"""

from __future__ import annotations

import json
import mmap
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jpeg_ls
import numpy as np

from functions.drimbox.images.display import Placed, display_of, series_document
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import read_facts
from tests.browser.viewer_host import ExamOfHost, SeriesOfHost
from tests.browser.viewer_samples import CT, base, compressed, thorax
from tests.drimbox.images.samples import JPEG_LS

# Raised when the exams are made in another way.
_EDITION: Final = "1"
_SIDE: Final = 512
# Slices that come from one drawing, which takes longer than everything else.
_ALIKE: Final = 6
LONG: Final = 1300
SHORT: Final = 300
#: Number of the exam in the list, its date, its slices.
CURRENT, PRIOR, LARGE = 1, 2, 3
_EXAMS: Final = {
    CURRENT: ("20261112", SHORT),
    PRIOR: ("20250304", SHORT),
    LARGE: ("20261001", LONG),
}
_ROOT: Final = "1.2.250.9.77"
#: The family name of the patient, made up.
PATIENT: Final = "CANARI"


@dataclass(frozen=True, slots=True)
class Made:
    """The exams as the host gives them; the folder of the bucket's objects; the peer's files: those
    of one exam, and one image of another, by which it warms up."""

    exams: dict[int, ExamOfHost]
    bucket: Path
    files: list[Path]

    def count(self, number: int) -> int:
        """How many slices an exam has."""
        return _EXAMS[number][1]

    def size(self, number: int) -> int:
        """The bytes of all frames of an exam."""
        (series,) = self.exams[number].series
        return sum(length for _, _, length in series.document("")["frames"])


def study(number: int) -> str:
    """The StudyInstanceUID of an exam."""
    return f"{_ROOT}.{number}"


class Kept(SeriesOfHost):
    """A series whose document and bytes are kept in two files."""

    def __init__(self, uid: str, document: Path, data: Path) -> None:
        super().__init__(uid)
        self._told: dict[str, Any] = json.loads(document.read_text())
        with data.open("rb") as file:
            # Its slices are bytes, as those of the whole are.
            self.data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)  # type: ignore[assignment]

    def document(self, url: str) -> dict[str, Any]:
        """The document of the series, with its object at ``url``."""
        return {**self._told, "objects": [{"url": url, "until": "2026-11-29T12:00:00Z"}]}


def made(home: Path) -> Made:
    """The exams in ``home``, made at the first time."""
    folder = home / f"exams-{_EDITION}"
    whole = folder / "whole"
    if not whole.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder)
        whole.touch()
    exams = {}
    for number, (date, _) in _EXAMS.items():
        uid = f"{study(number)}.1"
        kept = Kept(uid, folder / f"{number}.json", folder / "bucket" / str(number) / f"{uid}-1")
        exams[number] = ExamOfHost(number, date, [kept])
    return Made(exams, folder / "bucket", sorted((folder / "files").iterdir()))


def _make(folder: Path) -> None:
    (folder / "files").mkdir(parents=True)
    streams = [stream for at in range(0, SHORT, _ALIKE) for stream in _streams(at)]
    for number, (_, count) in _EXAMS.items():
        uid = f"{study(number)}.1"
        bucket = folder / "bucket" / str(number) / f"{uid}-1"
        bucket.parent.mkdir(parents=True)
        placed: list[Placed] = []
        with bucket.open("wb") as out:
            for at in range(count):
                raw = _slice(uid, at, count, streams[at % SHORT])
                if number == CURRENT or (number == PRIOR and not at):
                    (folder / "files" / f"{number}-{at:04}.dcm").write_bytes(raw)
                path = folder / "object"
                path.write_bytes(raw)
                facts, frames = prepare(path, read_facts(path))
                data = path.read_bytes()
                placed.append(Placed(display_of(data, facts), 0, out.tell(), frames))
                out.write(data)
        (folder / f"{number}.json").write_text(json.dumps(series_document(uid, placed)))


def _streams(at: int) -> Iterator[bytes]:
    """Slices that lie beside each other: one drawing, moved a little each time."""
    drawn = (thorax(at / SHORT, _SIDE, 13) + 1024).astype(np.uint16)
    for step in range(_ALIKE):
        yield bytes(jpeg_ls.encode_array(np.ascontiguousarray(np.roll(drawn, step, axis=(0, 1)))))


def _slice(uid: str, at: int, count: int, stream: bytes) -> bytes:
    root = base(CT, "CT", uid, at + 1, np.zeros((_SIDE, _SIDE), np.uint16))
    root.StudyDate, root.StudyTime, root.StudyDescription = "20261112", "101500", "THORAX"
    root.SeriesNumber, root.SeriesDescription = 1, "THORAX 1 mm"
    root.BitsStored, root.HighBit = 12, 11
    root.ImagePositionPatient = [-180, -180, count - at]
    root.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    root.PixelSpacing = [360 / _SIDE, 360 / _SIDE]
    root.SliceThickness, root.FrameOfReferenceUID = 1, f"{uid}.900"
    root.RescaleSlope, root.RescaleIntercept, root.RescaleType = 1, -1024, "HU"
    root.WindowCenter, root.WindowWidth = 40, 400
    return compressed(root, [stream], JPEG_LS)
