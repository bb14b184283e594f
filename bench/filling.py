"""The reference series from a body like a PACS's into a cache in memory, in one process."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from bench.counting_store import CountingStore
from bench.figures import Figure, at_most
from bench.series import SERIES, STUDY, reference_files
from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import fill_series
from functions.drimbox.images.multipart import Item, lay_out, read_parts
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.manifest.read import Manifest, ManifestInstance, ManifestSeries
from functions.drimbox.oid import Uid

# Seconds of CPU, without the transfer from the PACS and to S3.
CPU_GOAL: Final = 3.0
REQUESTS_GOAL: Final = 60
_CHUNK: Final = 64 * 1024
_MANIFEST: Final = Uid("2.25.77")


def measure(home: Path) -> Iterator[Figure]:
    """CPU, wall time and requests of a fill; beside it, the CPU that no fill can save."""
    files = reference_files(home / "series")
    size = sum(path.stat().st_size for path in files)
    yield Figure(f"series of {len(files)} instances", f"{size / 1e6:.0f} MB")
    floor = _floor(files, home)
    store = CountingStore()
    begun, cpu = time.perf_counter(), time.process_time()
    with TemporaryDirectory(dir=home) as folder:
        fill_series(_Source(files), store, _manifest(files), Uid(SERIES), spool=Path(folder))
    cpu, whole = time.process_time() - cpu, time.perf_counter() - begun
    yield at_most(
        "  into the cache, CPU",
        cpu,
        CPU_GOAL,
        "s",
        f"({cpu / len(files) * 1e3:.2f} ms/instance, {whole:.1f} s)",
    )
    yield Figure("  of it, splitting, facts and one hash", f"{floor:.2f} s  ({cpu / floor:.1f} x)")
    yield at_most("  requests to S3", store.requests, REQUESTS_GOAL, "requests")
    index = store.small[_keys().index]
    yield Figure(
        "  the index",
        f"{len(index) / 1e3:.0f} kB",
        f"{len(gzip.compress(index)) / 1e3:.0f} kB gzipped",
    )
    named = sum(one["frames"] is not None for one in json.loads(index)["instances"])
    yield Figure("  objects whose frames it names", f"{named}")


def _floor(files: Sequence[Path], home: Path) -> float:
    """CPU seconds to split the PACS's body into files, to read who each is and to hash it once."""
    cpu = time.process_time()
    with TemporaryDirectory(dir=home) as folder:
        for path in _Source(files).retrieve_series(Uid(STUDY), Uid(SERIES), Path(folder)):
            read_facts(path)
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
    return time.process_time() - cpu


class _Source:
    """A PACS's answer, read from files, split as the client of the PACS splits it."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def retrieve_series(self, _study: Uid, _series: Uid, spool: Path) -> Iterator[Path]:
        for part in read_parts(self._body(), b"bench", spool):
            yield part.path

    def unavailable(self, detail: str) -> PacsUnavailable:
        return PacsUnavailable(detail)

    def _body(self) -> Iterator[bytes]:
        items = [Item(path.stat().st_size, "1.2.840.10008.1.2.4.80") for path in self._files]
        layout = lay_out("bench", items)
        for head, path in zip(layout.heads, self._files, strict=True):
            yield head
            with path.open("rb") as file:
                yield from iter(_reader(file), b"")
        yield layout.tail


def _reader(file: BinaryIO) -> Callable[[], bytes]:
    return lambda: file.read(_CHUNK)


def _keys() -> SeriesKeys:
    return SeriesKeys(Uid(STUDY), _MANIFEST, Uid(SERIES))


def _manifest(files: Sequence[Path]) -> Manifest:
    instances = tuple(
        ManifestInstance(facts.sop_class_uid, facts.sop_instance_uid, None)
        for facts in map(read_facts, files)
    )
    return Manifest(
        study_instance_uid=Uid(STUDY),
        series_instance_uid=Uid("2.25.78"),
        sop_instance_uid=_MANIFEST,
        patient_id="",
        patient_id_issuer="",
        title="113030",
        description="",
        requests=(),
        series=(ManifestSeries(Uid(SERIES), "", "CT", 1, instances),),
    )
