"""The reference series, 1300 slices and 210 MB: into the cache, and out by a signed URL."""

from __future__ import annotations

import base64
import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import curl, nginx
from bench.figures import Figure, NotMeasured, at_least, at_most
from bench.flow import largest_peak
from bench.processes import cpu_by_function
from bench.stack import Stack
from infra.demo.layout import ROOT
from simulators.pacs.load import load
from simulators.pacs.studies import FULL_INSTANCES, full_series, write
from simulators.ris.cases import CASES

ROUNDS = 7
PATIENCE = 240.0
# Seconds of CPU of the function, the transfer from the PACS and to S3 included.
CPU_GOAL = 4.5
CASE = CASES["C"].fresh("bench")
STUDY = CASE.studies[0]
SERIES = f"{STUDY}.201"
ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'


def measure(stack: Stack, home: Path) -> Iterator[Figure]:
    """Fill, memory, download beside nginx, WADO-RS beside Orthanc."""
    files = reference_files(home / "series")
    begun = time.perf_counter()
    load(files, stack.endpoints["pacs"])
    stored = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in files)
    yield Figure(
        f"series of {len(files)} instances, {size / 1e6:.0f} MB", f"in the PACS in {stored:.1f} s"
    )
    before = cpu_by_function(stack.pid)["fill_cache"]
    with stack.client("ris") as ris:
        stack.send(ris, stack.report(CASE))
    acknowledged = datetime.now(UTC)
    at, manifest = stack.await_listed([STUDY], PATIENCE)[STUDY]
    yield Figure("  ACK to listed by the DMP", f"{(at - acknowledged).total_seconds():.2f} s")
    wado = _wado(stack, manifest)
    begun = time.perf_counter()
    _await_cached(wado)
    filled = time.perf_counter() - begun
    yield Figure(
        "  listed to ready in the cache", f"{filled:.1f} s  ({size / filled / 1e6:.0f} MB/s)"
    )
    cpu = cpu_by_function(stack.pid)["fill_cache"] - before
    note = f"({cpu / len(files) * 1e3:.1f} ms/instance)"
    yield at_most("  CPU of fill_cache", cpu, CPU_GOAL, "s", note)
    yield largest_peak(stack, "that series too")
    yield from _download(wado, home)
    yield from _beside_orthanc(stack, wado)


def reference_files(folder: Path) -> list[Path]:
    """The series on disk: made once, the same bytes every time."""
    files = sorted(folder.glob("*.dcm"))
    if len(files) != FULL_INSTANCES:
        shutil.rmtree(folder, ignore_errors=True)
        (study,) = CASE.archived_studies()
        files = list(write(full_series(study), folder))
    return files


def _wado(stack: Stack, manifest: str) -> Callable[[], curl.Answer]:
    """The request of a peer DRIMbox for the series."""
    endpoints = stack.endpoints
    url = (
        f"{endpoints['db']}/tenants/{endpoints['tenant']}/dicomweb/studies/{STUDY}/series/{SERIES}"
    )
    headers = {
        "Accept": ACCEPT,
        "Authorization": f"Bearer {stack.bearer()}",
        "KOS-SOPInstanceUID": manifest,
    }
    return lambda: curl.get(url, headers=headers, authority=ROOT / endpoints["ca"])


def _await_cached(wado: Callable[[], curl.Answer]) -> None:
    end = time.monotonic() + PATIENCE
    while (answer := wado()).status == 503:
        if time.monotonic() > end:
            raise NotMeasured(f"the series is not cached after {PATIENCE:.0f} s")
        time.sleep(0.25)
    if answer.status != 307:
        raise NotMeasured(f"the series was answered by HTTP {answer.status}, not 307")


def _download(wado: Callable[[], curl.Answer], home: Path) -> Iterator[Figure]:
    """The same bytes from the local S3 and from nginx, both without TLS, in turn."""
    web = home / "web"
    web.mkdir(exist_ok=True)
    file = web / "series.multipart"
    size = _whole(curl.get(wado().location, output=file)).size
    with nginx.serving(web, home / "nginx") as base:

        def signed() -> curl.Answer:
            return _whole(curl.get(wado().location), size)

        def plain() -> curl.Answer:
            return _whole(curl.get(f"{base}/{file.name}"), size)

        ours, peer = _in_turn(signed, plain)
    file.unlink()
    mine, theirs = (statistics.median(size / a.total / 1e6 for a in one) for one in (ours, peer))
    yield at_least(
        "signed-URL download, local S3",
        100 * mine / theirs,
        50,
        "% of nginx",
        f"({mine:.0f} of {theirs:.0f} MB/s)",
    )


def _beside_orthanc(stack: Stack, wado: Callable[[], curl.Answer]) -> Iterator[Figure]:
    """The whole request, 307 included, beside Orthanc asked directly."""
    url, headers = orthanc(stack)

    def ours() -> curl.Answer:
        asked = wado()
        sent = _whole(curl.get(asked.location))
        return curl.Answer(
            200, sent.size, asked.total + sent.first_byte, asked.total + sent.total, ""
        )

    def peer_s() -> curl.Answer:
        return _whole(curl.get(url, headers=headers))

    mine, peer = _in_turn(ours, peer_s)
    for name, value in (
        ("first byte", lambda answer: answer.first_byte),
        ("whole", lambda answer: answer.total),
    ):
        us, them = statistics.median(map(value, mine)), statistics.median(map(value, peer))
        yield Figure(
            f"WADO-RS series, {name}: ours, Orthanc",
            f"{us * 1e3:.0f} ms, {them * 1e3:.0f} ms  ({them / us:.2f} x)",
        )


def orthanc(stack: Stack) -> tuple[str, dict[str, str]]:
    """Orthanc itself, without the proxy before it. NotMeasured when the PACS is not Orthanc."""
    path = stack.home / "pacs" / "orthanc" / "orthanc.json"
    if not path.is_file():
        raise NotMeasured("Orthanc is not installed (Debian: orthanc orthanc-dicomweb)")
    settings = json.loads(path.read_text())
    ((user, password),) = settings["RegisteredUsers"].items()
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return (
        f"http://127.0.0.1:{settings['HttpPort']}/dicom-web/studies/{STUDY}/series/{SERIES}",
        {"Accept": ACCEPT, "Authorization": f"Basic {pair}"},
    )


def _in_turn(
    ours: Callable[[], curl.Answer], peer: Callable[[], curl.Answer]
) -> tuple[list[curl.Answer], list[curl.Answer]]:
    ours()
    peer()
    pairs = [(ours(), peer()) for _ in range(ROUNDS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _whole(answer: curl.Answer, size: int = 0) -> curl.Answer:
    """``answer`` when it is a 200 with a whole body; NotMeasured otherwise."""
    if answer.status != 200 or (size and answer.size != size) or not answer.size:
        raise NotMeasured(f"a download gave HTTP {answer.status} and {answer.size} bytes")
    return answer
