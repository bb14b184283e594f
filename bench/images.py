"""Images for other DRIMboxes: one client against the front, Orthanc itself and nginx over a file.

The client reads each answer by the same few lines of Python, over TLS where the server speaks it.
"""

from __future__ import annotations

import http.client
import shutil
import ssl
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench import nginx
from bench.figures import Figure, NotMeasured, at_least, at_most, percentile
from bench.processes import Used, used_by
from bench.series import ACCEPT, CASE, SERIES, STUDY, orthanc, reference_files
from bench.stack import Stack
from functions.drimbox.images.multipart import boundary_of
from infra.demo.layout import ROOT
from simulators.pacs.load import load
from simulators.pacs.studies import Size, study_objects, write
from simulators.pki import SERVER, Authority

ROUNDS: Final = 7
PATIENCE: Final = 240.0
MEMORY: Final = 256.0
# Peers that begin a study and read no further, and seconds for which they stay.
SLOW: Final = 90
# Requests of one object each.
OBJECTS: Final = 200
_CHUNK: Final = 1 << 20
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of one server. ``authority``: of its TLS, None where it speaks plain HTTP."""

    url: str
    headers: Mapping[str, str]
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Seconds from the start of a request; ``size`` in bytes of body."""

    status: int
    size: int
    first_byte: float
    first_image: float
    total: float


_MOMENTS: Final[dict[str, Callable[[Read], float]]] = {
    "first byte": lambda one: one.first_byte,
    "first image": lambda one: one.first_image,
    "whole": lambda one: one.total,
}


def connect(asked: Asked) -> http.client.HTTPConnection:
    """A new connection to the server of a request."""
    place = urlsplit(asked.url)
    if asked.authority is None:
        return http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
    context = ssl.create_default_context(cafile=str(asked.authority))
    return http.client.HTTPSConnection(place.netloc, timeout=PATIENCE, context=context)


def read(asked: Asked, connection: http.client.HTTPConnection | None = None) -> Read:
    """One request read to its end; the first image is whole when the second delimiter comes."""
    begun = time.perf_counter()
    own = connection or connect(asked)
    own.request("GET", urlsplit(asked.url).path, headers=dict(asked.headers))
    answer = own.getresponse()
    seen, size, first_byte, first_image = bytearray(), 0, 0.0, 0.0
    kind = answer.headers.get("Content-Type", "")
    mark = b"--" + boundary_of(kind) if kind.startswith("multipart/related") else b""
    room = memoryview(bytearray(_CHUNK))
    while count := answer.readinto(room):
        now = time.perf_counter() - begun
        first_byte = first_byte or now
        size += count
        if mark and not first_image:
            seen += room[:count]
            if seen.find(mark, len(mark)) > 0:
                first_image = now
    total = time.perf_counter() - begun
    if connection is None:
        own.close()
    return Read(answer.status, size, first_byte, first_image or total, total)


def measure(stack: Stack, home: Path) -> Iterator[Figure]:
    """The reference series, a study of two series, single objects, and peers that stay."""
    if not stack.endpoints["front"]:
        raise NotMeasured("nginx is not installed (Debian: nginx-light)")
    files = reference_files(home / "series")
    (about,) = CASE.archived_studies()
    made = study_objects(about, Size(instances=60, pixels=512))
    second = (one for one in made if one.SeriesInstanceUID != SERIES)
    others = write(second, home / "others")
    load([*files, *others], stack.endpoints["pacs"])
    with stack.client("ris") as ris:
        stack.send(ris, stack.report(CASE))
    _, manifest = stack.await_listed([STUDY], PATIENCE)[STUDY]
    ours = _ours(stack, manifest, f"/series/{SERIES}")
    _await_cached(ours)
    _await_cached(_ours(stack, manifest, ""))
    url, headers = orthanc(stack)
    peer = Asked(url, headers)
    size = _whole(read(ours)).size / 1e6
    yield Figure("the series: instances, bytes", f"{len(files)}, {size:.0f} MB")
    with _static(ours, home) as still:
        yield from _beside(stack, ours, peer, still)
    yield from _study(stack, _ours(stack, manifest, ""))
    yield from _four(ours, peer)
    uids = [path.stem for path in files[:OBJECTS]]
    yield from _objects(ours, peer, uids)
    yield from _staying(stack, _ours(stack, manifest, ""), ours)


def _ours(stack: Stack, manifest: str, below: str) -> Asked:
    """The request of a peer DRIMbox for the study, or for a part of it."""
    endpoints = stack.endpoints
    base = f"{endpoints['db']}/tenants/{endpoints['tenant']}/dicomweb/studies/{STUDY}"
    headers = {
        "Accept": ACCEPT,
        "Authorization": f"Bearer {stack.bearer()}",
        "KOS-SOPInstanceUID": manifest,
    }
    return Asked(base + below, headers, ROOT / endpoints["ca"])


def _await_cached(asked: Asked) -> None:
    end = time.monotonic() + PATIENCE
    while read(asked).status == 503:
        if time.monotonic() > end:
            raise NotMeasured(f"the images are not cached after {PATIENCE:.0f} s")
        time.sleep(0.25)
    _whole(read(asked))


def _whole(found: Read) -> Read:
    if found.status != 200 or not found.size:
        raise NotMeasured(f"a request gave HTTP {found.status} and {found.size} bytes")
    return found


def _front(stack: Stack) -> Used:
    """nginx and the streamer."""
    return used_by(stack.pid, "front.run")


@contextmanager
def _static(asked: Asked, home: Path) -> Iterator[Asked]:
    """The same answer as a file of nginx, over TLS."""
    web = home / "web"
    web.mkdir(exist_ok=True)
    file = web / "series.multipart"
    own = connect(asked)
    own.request("GET", urlsplit(asked.url).path, headers=dict(asked.headers))
    answer = own.getresponse()
    kind = answer.headers["Content-Type"]
    with file.open("wb") as out:
        shutil.copyfileobj(answer, out, _CHUNK)
    own.close()
    now = datetime.now(UTC)
    authority = Authority.create(now)
    issued = authority.issue("CN=localhost,C=FR", SERVER, now, hosts=("localhost", "127.0.0.1"))
    ca = home / "static-ca.pem"
    ca.write_text(authority.root.certificate_pem)
    with nginx.serving(web, home / "nginx", nginx.Tls(issued, kind)) as base:
        yield Asked(f"{base}/series", {}, ca)
    file.unlink()


def _beside(stack: Stack, ours: Asked, peer: Asked, still: Asked) -> Iterator[Figure]:
    """The same series from the three, in turn."""
    before, orthanc_before = _front(stack), used_by(stack.pid, "Orthanc")
    found = [[_whole(read(one)) for one in (ours, peer, still)] for _ in range(ROUNDS + 1)]
    mine, theirs, files = (list(one)[1:] for one in zip(*found, strict=True))
    for name in ("first byte", "first image", "whole"):
        value = _MOMENTS[name]
        us, them, file = (statistics.median(map(value, one)) for one in (mine, theirs, files))
        told = f"{us * 1e3:.0f} ms, {them * 1e3:.0f} ms, {file * 1e3:.1f} ms"
        yield Figure(f"  series, {name}: front, Orthanc, nginx", told)
        if name == "whole":
            yield at_least("    Orthanc's time by ours", them / us, 2, "x")
            yield at_most("    ours by nginx's", us / file, 1.5, "x")
    count = ROUNDS + 1
    cpu = (_front(stack).cpu - before.cpu) / count
    other = (used_by(stack.pid, "Orthanc").cpu - orthanc_before.cpu) / count
    yield Figure("    CPU of the front, of Orthanc", f"{cpu:.2f} s, {other:.2f} s a series")
    yield at_most("    CPU of the front by Orthanc's", cpu / other, 0.2, "x")


def _study(stack: Stack, study: Asked) -> Iterator[Figure]:
    """Two series under one boundary, by the streamer."""
    before = _front(stack)
    found = [_whole(read(study)) for _ in range(ROUNDS + 1)][1:]
    first = statistics.median(one.first_image for one in found)
    whole = statistics.median(one.total for one in found)
    cpu = (_front(stack).cpu - before.cpu) / (ROUNDS + 1)
    size = found[0].size
    told = f"{first * 1e3:.0f} ms, {whole * 1e3:.0f} ms  ({size / whole / 1e6:.0f} MB/s)"
    yield Figure(f"study of {size / 1e6:.0f} MB, first image, whole", told)
    yield Figure("    CPU of the front", f"{cpu:.2f} s  ({size / cpu / 1e6:.0f} MB/CPU s)")


def _four(ours: Asked, peer: Asked) -> Iterator[Figure]:
    """Four clients at once."""
    rates = []
    for asked in (ours, peer):
        with ThreadPoolExecutor(4) as pool:
            begun = time.perf_counter()
            size = sum(_whole(one).size for one in pool.map(read, [asked] * 4))
            rates.append(size / (time.perf_counter() - begun) / 1e6)
    told = f"{rates[0]:.0f}, {rates[1]:.0f} MB/s  ({rates[0] / rates[1]:.2f} x)"
    yield Figure("four series at once: front, Orthanc", told)


def _objects(ours: Asked, peer: Asked, uids: Sequence[str]) -> Iterator[Figure]:
    """One object each, on one connection, in turn."""
    times: list[list[float]] = [[], []]
    lines = [connect(ours), connect(peer)]
    for uid in uids:
        for asked, line, taken in zip((ours, peer), lines, times, strict=True):
            found = read(replace(asked, url=f"{asked.url}/instances/{uid}"), line)
            taken.append(_whole(found).total * 1e3)
    for line in lines:
        line.close()
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        us, them = (percentile(one, share) for one in times)
        yield Figure(f"one object, {name}: front, Orthanc", f"{us:.1f}, {them:.1f} ms")


def _staying(stack: Stack, study: Asked, series: Asked) -> Iterator[Figure]:
    """Peers that begin a study and read no further keep nobody out, and cost little memory."""
    alone = _whole(read(series)).total
    lines = []
    try:
        for _ in range(SLOW):
            line = connect(study)
            line.request("GET", urlsplit(study.url).path, headers=dict(study.headers))
            lines.append((line, line.getresponse()))
        beside = _whole(read(series)).total
        yield Figure(
            f"the series beside {SLOW} peers that stay",
            f"{beside * 1e3:.0f} ms  (alone {alone * 1e3:.0f} ms)",
        )
        yield at_most("peak of a process of the front", _front(stack).peak / _MIB, MEMORY, "MiB")
    finally:
        for line, _ in lines:
            with suppress(OSError):
                line.close()
