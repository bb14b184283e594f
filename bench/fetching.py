"""A series from another site's DRIMbox: fetched, checked, packed and told of, in one process.

nginx gives the bytes over TLS, as a peer would; the store keeps nothing, so that its cost is that
of the local AWS nowhere. Beside each figure stands a plain download of the same bytes to the disk.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

import httpx
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.uid import ExplicitVRLittleEndian

from bench import nginx
from bench.counting_store import CountingStore
from bench.figures import Figure, NotMeasured, at_least
from bench.series import CASE, SERIES, STUDY
from functions.drimbox.bulk import BulkTransport
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.identity.ins import Ins
from functions.drimbox.images.display import drawn
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.manifest.read import ManifestInstance, ManifestSeries
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.reading.asking import Place
from functions.drimbox.reading.fetching import Waiting, fetch_series
from functions.drimbox.reading.keys import SeriesFolder
from functions.drimbox.reading.packing import Desk
from functions.drimbox.reading.peer import Peer
from functions.drimbox.reading.pixel_patient import compare
from functions.drimbox.tls import tls_context
from functions.drimbox.transport import open_client
from simulators.pacs.studies import full_series, write
from simulators.pki import SERVER, Authority
from tests.fakes.memory import VirtualClock

OBJECTS: Final = 300
ROUNDS: Final = 3
# MB that one CPU second of the function takes.
GOAL: Final = 250
HOST: Final = "db1.901.example"
#: Where the series is kept in a store.
FOLDER: Final = SeriesFolder("readings/a/b/c/d/")
_PATH: Final = f"/rs/studies/{STUDY}/series/{SERIES}"
# As long as that of our own answers, and of Orthanc's: a reader looks for it in each object.
_BOUNDARY: Final = boundary_for(STUDY, SERIES)
_UNCOMPRESSED_BYTES: Final = 512 * 512 * 2


def measure(home: Path) -> Iterator[Figure]:
    """MB a CPU second of JPEG-LS slices and of uncompressed ones, beside plain downloads."""
    compressed = written(home / "fetched")
    for name, files in (
        ("JPEG-LS", compressed),
        ("uncompressed", _uncompressed(compressed, home / "fetched-explicit")),
    ):
        yield from _measured(name, files, home)


def _measured(name: str, files: Sequence[Path], home: Path) -> Iterator[Figure]:
    size = sum(path.stat().st_size for path in files)
    yield Figure(f"a series of {len(files)} {name} objects", f"{size / 1e6:.0f} MB")
    with TemporaryDirectory(dir=home) as folder:
        web = Path(folder) / "web"
        content_type = publish(files, web)
        authority = Authority.create(datetime.now(UTC))
        issued = authority.issue("CN=peer,C=FR", SERVER, datetime.now(UTC), hosts=(HOST,))
        tls = nginx.Tls(issued, content_type)
        with nginx.serving(web, Path(folder) / "nginx", tls) as base:
            site = Site(base, authority.root.certificate_pem, files, Path(folder))
            ours, plain = _in_turn(site.fetch, site.download)
    fetched, downloaded = (size / 1e6 / statistics.median(one) for one in (ours, plain))
    yield at_least("  fetched and told of, a CPU second", fetched, GOAL, "MB")
    yield Figure(
        "  … beside a plain download to the disk",
        f"{downloaded / fetched:.2f} x its CPU",
        f"({downloaded:.0f} MB a CPU second)",
    )


def _in_turn(
    ours: Callable[[], object], plain: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """CPU seconds of this process for each, in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for action, took in zip((ours, plain), found, strict=True):
            gc.collect()
            begun = time.process_time()
            action()
            took.append(time.process_time() - begun)
    return found


@dataclass
class Site:
    """The peer at ``base``, whose authority is ``anchors`` (PEM), and the two ways to read its
    series."""

    base: str
    anchors: str
    files: Sequence[Path]
    home: Path
    runs: int = 0
    context: CallContext = field(init=False)
    series: ManifestSeries = field(init=False)

    def __post_init__(self) -> None:
        self.context = _patient(dcmread(self.files[0], stop_before_pixels=True))
        named = [read_facts(path) for path in self.files]
        instances = tuple(
            ManifestInstance(one.sop_class_uid, one.sop_instance_uid, one.instance_number)
            for one in named
        )
        self.series = ManifestSeries(Uid(SERIES), "", "CT", 1, instances)

    def fetch(self, store: CountingStore | None = None) -> None:
        """As the function does it, into ``store``; without one nothing is kept."""
        self.runs += 1
        desk = Desk(
            store or Sink(),
            FOLDER,
            f"r{self.runs}",
            partial(compare, context=self.context),
            drawn,
        )
        port = httpx.URL(self.base).port or 443
        place = Place(SourceAddress(HOST, port, "/rs"), ("127.0.0.1",), _PATH)
        waiting = Waiting(time.monotonic() + 600, VirtualClock())
        with self._bulk() as client:
            have = fetch_series(
                Peer(client, place, lambda _="": "token", Uid("2.25.77")),
                desk,
                Uid(STUDY),
                self.series,
                spool=self.home,
                waiting=waiting,
            )
        if have.ended != "whole" or have.identity != "agrees":
            raise NotMeasured(f"the series ended as {have.ended}, its patient {have.identity}")

    def download(self, below: str = "") -> None:
        """The answer's bytes to the disk, and nothing else; ``below``: of a part of the series."""
        target = self.home / "plain"
        with (
            self._plain() as client,
            client.stream(
                "GET",
                f"{self.base}{_PATH}{below}",
                headers={"Host": HOST},
                extensions={"sni_hostname": HOST},
            ) as answer,
            target.open("wb") as file,
        ):
            for chunk in answer.iter_raw():
                file.write(chunk)

    def _bulk(self) -> httpx.Client:
        return open_client(transport=BulkTransport(tls_context(self.anchors)))

    def _plain(self) -> httpx.Client:
        return open_client(tls_context(self.anchors))


class Sink(CountingStore):
    """A store that keeps nothing, and reads what it is given as S3's client does: once."""

    def put(self, _key: str, data: BinaryIO, _content_type: str) -> None:
        while data.read(1024 * 1024):
            pass

    def get(self, _key: str, *, max_bytes: int) -> bytes | None:
        del max_bytes
        return None  # no index is there before the first one


def _patient(header: Dataset) -> CallContext:
    family, given, *_ = (*str(header.PatientName).split("^"), "")
    return CallContext(
        ins=Ins("279035121518989", Oid("1.2.250.1.213.1.4.10")),
        birth_family=family,
        birth_given=given,
        birth_date=str(header.PatientBirthDate),
        sex=str(header.PatientSex),
        birth_place="",
        consent=True,
        situation="",
        wanted=WantedExams(),
    )


def written(folder: Path) -> list[Path]:
    """The slices, made once."""
    files = sorted(folder.glob("*.dcm"))
    if len(files) != OBJECTS:
        (study,) = CASE.archived_studies()
        files = list(write(full_series(study, OBJECTS), folder))
    return files


def _uncompressed(files: Sequence[Path], folder: Path) -> list[Path]:
    """The same headers before pixels that are not compressed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, path in enumerate(files):
        target = folder / path.name
        made.append(target)
        if target.is_file():
            continue
        image = dcmread(path)
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.PixelData = number.to_bytes(2, "little") * (_UNCOMPRESSED_BYTES // 2)
        image["PixelData"].VR = "OW"
        image["PixelData"].is_undefined_length = False
        dcmwrite(target, image, enforce_file_format=True)
    return made


def publish(files: Sequence[Path], web: Path) -> str:
    """The answers of a peer as files: the series, and each object; their Content-Type."""
    target = web / f"{_PATH[1:]}.multipart"
    (web / _PATH[1:] / "instances").mkdir(parents=True)
    content_type = _multipart(files, target)
    for path in files:
        _multipart([path], web / _PATH[1:] / "instances" / f"{path.stem}.multipart")
    return content_type


def _multipart(files: Sequence[Path], target: Path) -> str:
    layout = lay_out(
        _BOUNDARY, [Item(path.stat().st_size, "1.2.840.10008.1.2.1") for path in files]
    )
    with target.open("wb") as out:
        for head, path in zip(layout.heads, files, strict=True):
            out.write(head)
            out.write(path.read_bytes())
        out.write(layout.tail)
    return layout.content_type
