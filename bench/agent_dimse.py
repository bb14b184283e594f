"""The site's agent before a real archive: DIMSE beside dcmtk's own tools, DICOMweb, and memory.

Each round moves the same series once by each. dcmtk as Debian ships it waits for delayed
acknowledgements; with ``TCP_NODELAY=1`` it is the fastest receiver that we know.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import httpx

from agent.config.model import AgentConfig, Caller, Cloud, Dimse, Identity, Listener
from agent.pacs.dicomweb import DicomwebSite
from agent.pacs.opening import open_archive
from bench.agent_memory import SENDER
from bench.figures import Figure, NotMeasured, at_least, at_most
from functions.drimbox.oid import Uid
from functions.drimbox.transport import open_client
from infra.demo.layout import ROOT
from simulators.pacs.orthanc import free_port
from simulators.pacs.studies import full_series, write
from simulators.ris.cases import CASES
from tests.agent.pacs.servers import OURS, THEIRS, orthanc
from tests.drimbox.images.samples import instance

INSTANCES: Final = 300
ROUNDS: Final = 3
LARGE_BYTES: Final = 400_000_000
CASE: Final = CASES["C"].fresh("agent")
STUDY: Final = Uid(CASE.studies[0])
SERIES: Final = Uid(f"{STUDY}.201")
TOOLS: Final = ("movescu", "storescp", "storescu", "Orthanc")
SHARE: Final = 0.45
TIMES_AS_SHIPPED: Final = 5.0
WEB_MB: Final = 100.0
IDLE_MB: Final = 80.0
_START: Final = 30.0
_LONG: Final = 300.0


def measure(home: Path) -> Iterator[Figure]:
    """The figures. NotMeasured where a program is missing or gives nothing."""
    missing = [
        one for one in TOOLS if not shutil.which(one, path=f"{os.environ['PATH']}:/usr/sbin")
    ]
    if missing:
        raise NotMeasured(f"missing: {', '.join(missing)}")
    home = home / "agent-dimse"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (study,) = CASE.archived_studies()
    files = write(full_series(study, INSTANCES), home / "series")
    size = sum(path.stat().st_size for path in files)
    yield Figure(f"series of {INSTANCES} instances, {size / 1e6:.0f} MB", "in Orthanc")
    ours_at = free_port()
    with orthanc(home / "orthanc", ours_at, [path.read_bytes() for path in files]) as server:
        assert server.client is not None  # noqa: S101 - Orthanc has DICOMweb
        peer = _Dcmtk(server.dicom_port, ours_at, home)
        us = _Agent(server.dicom_port, ours_at, home)
        web = _Web(server.client, server.web, home)
        taken = {
            name: [INSTANCES / _seconds(one) for _ in range(rounds)]
            for name, one, rounds in (
                ("shipped", lambda: peer.moved(no_delay=False), 1),
                ("dcmtk", lambda: peer.moved(no_delay=True), ROUNDS),
                ("move", lambda: us.moved("move"), ROUNDS),
                ("get", lambda: us.moved("get"), ROUNDS),
                ("web", web.fetched, ROUNDS),
            )
        }
    rate = {name: statistics.median(several) for name, several in taken.items()}
    each = size / INSTANCES / 1e6
    yield Figure("dcmtk as Debian ships it", f"{rate['shipped']:.0f} objects/s")
    yield Figure("dcmtk with TCP_NODELAY=1", f"{rate['dcmtk']:.0f} objects/s")
    told = f"({rate['move']:.0f} objects/s, {rate['move'] * each:.0f} MB/s)"
    yield at_least(
        "C-MOVE, of dcmtk with TCP_NODELAY", rate["move"] / rate["dcmtk"], SHARE, "x", told
    )
    yield at_least(
        "C-MOVE, of dcmtk as shipped", rate["move"] / rate["shipped"], TIMES_AS_SHIPPED, "x"
    )
    yield Figure("C-GET", f"{rate['get']:.0f} objects/s  ({rate['get'] * each:.0f} MB/s)")
    yield at_least("DICOMweb", rate["web"] * each, WEB_MB, "MB/s", f"({rate['web']:.0f} objects/s)")
    python = _python()
    yield at_most("the whole agent, idle", _idle(python, home) / 1e6, IDLE_MB, "MB")
    large = _large(python, home) / 1e6
    yield at_most(f"one object of {LARGE_BYTES / 1e6:.0f} MB, received", large, IDLE_MB, "MB")


def _seconds(action: Callable[[], int]) -> float:
    begun = time.perf_counter()
    came = action()
    took = time.perf_counter() - begun
    if came != INSTANCES:
        raise NotMeasured(f"{came} of {INSTANCES} objects came")
    return took


@dataclass
class _Dcmtk:
    """dcmtk's own SCU and SCP in our place."""

    port: int
    ours_at: int
    home: Path

    def moved(self, *, no_delay: bool) -> int:
        """Move the series once; how many objects came."""
        environment = {name: one for name, one in os.environ.items() if name != "TCP_NODELAY"}
        if no_delay:
            environment["TCP_NODELAY"] = "1"
        with TemporaryDirectory(dir=self.home) as folder, self._listening(folder, environment):
            keys = ("QueryRetrieveLevel=SERIES", f"0020,000d={STUDY}", f"0020,000e={SERIES}")
            command = ["movescu", "-S", "-aet", OURS, "-aec", THEIRS, "-aem", OURS]
            command += [part for key in keys for part in ("-k", key)]
            subprocess.run(
                [*command, "127.0.0.1", str(self.port)], env=environment, check=True, timeout=300
            )
            return len(list(Path(folder).iterdir()))

    @contextmanager
    def _listening(self, folder: str, environment: dict[str, str]) -> Iterator[None]:
        command = ["storescp", "-aet", OURS, "-od", folder, "+xa", "-q", str(self.ours_at)]
        process = subprocess.Popen(command, env=environment)
        try:
            time.sleep(0.5)
            yield
        finally:
            process.terminate()
            process.wait(_START)


@dataclass
class _Agent:
    """The agent's own adapter, as its ``run`` opens it."""

    port: int
    ours_at: int
    home: Path

    def moved(self, retrieve: Literal["move", "get"]) -> int:
        """Fetch the series once; how many objects came."""
        with (
            open_archive(_config(self.home, self.port, self.ours_at, retrieve), _refuse) as archive,
            TemporaryDirectory(dir=self.home) as folder,
        ):
            return sum(1 for _ in archive.pacs.retrieve_series(STUDY, SERIES, Path(folder)))


@dataclass
class _Web:
    """The same over DICOMweb."""

    client: httpx.Client
    url: str
    home: Path

    def fetched(self) -> int:
        """Fetch the series once; how many objects came."""
        with (
            open_client(timeout=httpx.Timeout(60)) as client,
            TemporaryDirectory(dir=self.home) as folder,
        ):
            client.headers["authorization"] = self.client.headers["authorization"]
            site = DicomwebSite(client, self.url, spool=self.home)
            return sum(1 for _ in site.retrieve_series(STUDY, SERIES, Path(folder)))


def _config(home: Path, port: int, ours_at: int, retrieve: Literal["move", "get"]) -> AgentConfig:
    """The file of an agent before that archive."""
    callers = (Caller(THEIRS, (ip_network("127.0.0.0/8"),)),)
    return AgentConfig(
        tenant="bench",
        folder=home / "agent",
        cloud=Cloud("https://127.0.0.1", Identity(home, home)),
        pacs=Dimse("127.0.0.1", port, THEIRS, OURS, retrieve),
        listener=Listener("127.0.0.1", ours_at, callers),
    )


def _refuse(*_: object) -> int:
    return 0x0122


def _python() -> Path:
    """The Python of an environment with the agent's packages alone, as a hospital's machine has."""
    place = ROOT / ".local" / "agent-env"
    tool = Path(sys.executable).with_name("uv")
    command = [
        str(tool),
        "sync",
        "--frozen",
        "--quiet",
        "--no-default-groups",
        "--only-group",
        "agent",
    ]
    subprocess.run(
        [*command, "--python", sys.executable],
        cwd=ROOT,
        check=True,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(place)},
    )
    return place / "bin" / "python"


def _bytecode_kept() -> dict[str, str]:
    """The environment of a process that need not compile what it imports, which takes memory."""
    return {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _idle(python: Path, home: Path) -> float:
    """The memory of an agent without work, in bytes, at its second start."""
    for _ in range(2):
        done = subprocess.run(
            [str(python), "-m", "bench.agent_memory", "idle", str(home), str(free_port())],
            cwd=ROOT,
            env=_bytecode_kept(),
            check=True,
            capture_output=True,
            text=True,
            timeout=_START,
        )
    return float(done.stdout.split()[0])


def _large(python: Path, home: Path) -> float:
    """The most memory of an agent that receives one large object from dcmtk, in bytes."""
    port, path = str(free_port()), home / "large.dcm"
    path.write_bytes(instance(1, Rows=20_000, Columns=10_000, PixelData=bytes(LARGE_BYTES)))
    command = [str(python), "-m", "bench.agent_memory", "large", str(home), port]
    with subprocess.Popen(
        command, cwd=ROOT, env=_bytecode_kept(), stdout=subprocess.PIPE, text=True
    ) as agent:
        try:
            assert agent.stdout is not None  # noqa: S101 - a pipe was asked for
            agent.stdout.readline()
            send = ["storescu", "-aet", SENDER, "-aec", OURS, "127.0.0.1", port, str(path)]
            fast = {**os.environ, "TCP_NODELAY": "1"}
            subprocess.run(send, env=fast, check=True, timeout=_LONG)
            peak, size = agent.stdout.read().split()
        finally:
            agent.kill()
    path.unlink()
    if int(size) < LARGE_BYTES:
        raise NotMeasured("the large object did not come whole")
    return float(peak)
