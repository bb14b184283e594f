"""The bench of the viewer: its arithmetic, its record of requests, its nginx, and OHIF's files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from bench import ohif
from bench.figures import NotMeasured
from bench.processes import browser_cpu
from bench.viewer_exams import Kept
from bench.viewer_front import (
    BUCKET,
    HOSTS,
    PAGES,
    Behind,
    Front,
    Traffic,
    certify,
    configuration,
)
from bench.viewer_peer import Reading, beside
from simulators.peer.front import find_nginx


def traffic(calls: int, size: int) -> Traffic:
    return Traffic(Counter({PAGES: calls}), Counter({PAGES: size}))


def test_ours_is_put_beside_the_peer_as_ratios() -> None:
    ours = Reading([0.4, 0.5, 0.9], [0.2], 4.0, traffic(9, 900_000), traffic(29, 60_000_000))
    peer = Reading([2.0], [0.8, 1.0], 6.0, traffic(33, 4_000_000), traffic(306, 59_000_000))
    figures = list(beside(ours, peer))
    assert [figure.met for figure in figures] == [True, True, True, True, True, True, False]
    assert figures[0].measured == "4.5 x  (0.20 s, 0.90 s)"
    assert figures[1].measured == "4 x  (0.50 s, 2.00 s)"
    assert [figure.measured for figure in figures[3:5]] == ["9, 33", "0.9, 4 MB"]


def test_the_requests_since_a_mark_are_counted_by_host(tmp_path: Path) -> None:
    log = tmp_path / "requests"
    log.write_text(f"{PAGES}\t/viewer\t900\t100\n")
    front = Front({}, log)
    mark = front.mark()
    with log.open("a") as file:
        file.write(f"{BUCKET}\t/1/a\t2000\t50\n{PAGES}\t/open\t300\t30\n")
    assert front.since(0).calls == 3
    found = front.since(mark)
    assert found.requests == {BUCKET: 1, PAGES: 1}
    assert found.bytes == 2380


@pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    behind = Behind("127.0.0.1:1", tmp_path, tmp_path, "127.0.0.1:2", tmp_path, "Basic YQ==")
    certify(tmp_path)
    path = tmp_path / "nginx.conf"
    path.write_text(configuration(behind, tmp_path, dict.fromkeys(HOSTS, 0) | {PAGES: 12_001}))
    text = path.read_text().replace("127.0.0.1:0 ", "127.0.0.1:12002 ")
    path.write_text(text)
    done = subprocess.run(
        [str(find_nginx()), "-t", "-p", str(tmp_path), "-e", "stderr", "-c", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


def test_a_kept_series_gives_its_document_and_the_bytes_of_its_frames(tmp_path: Path) -> None:
    told, data = tmp_path / "told.json", tmp_path / "data"
    told.write_text(json.dumps({"uid": "1.2", "frames": [[0, 1, 2]]}))
    data.write_bytes(b"abcd")
    kept = Kept("1.2", told, data)
    document = kept.document("https://images/1")
    assert document["frames"] == [[0, 1, 2]]
    assert document["objects"][0]["url"] == "https://images/1"
    assert kept.data[1:3] == b"bc"


def test_another_ohif_than_the_one_that_is_meant_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"ohif-app-{ohif.VERSION}.tgz").write_bytes(b"another one")
    with pytest.raises(NotMeasured, match="is not the OHIF that is meant"):
        ohif.files(tmp_path)


def test_ohif_is_unpacked_without_its_heavy_parts_and_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / f"ohif-app-{ohif.VERSION}.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for name in ("app.js", "app.js.map", "ort/model.wasm", "../../out.js", "sw.js"):
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = 1000
            packed.addfile(member, io.BytesIO(b"a" * 1000))
    monkeypatch.setattr(ohif, "INTEGRITY", ohif.digest_of(archive))
    folder = ohif.files(tmp_path)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    compressed = {"app.js", "app.js.br", "app-config.js", "app-config.js.br"}
    assert names == compressed | {"whole"}
    assert (
        (folder / "app-config.js").read_text().startswith('window.config = {"routerBasename": null')
    )
    assert not (tmp_path.parent / "out.js").exists()


def test_the_cpu_of_pages_and_gpu_is_that_of_the_browser_s_processes() -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    for kind, found in (("renderer", True), ("utility", False)):
        with subprocess.Popen(
            [sys.executable, "-c", busy, f"--type={kind}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert (browser_cpu(process.pid) >= 0.15) is found
            process.communicate(b"\n")
