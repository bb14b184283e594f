"""The processes below one of ours, as Linux reports them: CPU and memory of each function's, and
the CPU of a browser's."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_WORKER = re.compile(r"functions\.(\w+)\.handler\.handler")
_BROWSER = re.compile(r"--type=(?:gpu-process|renderer)")
_MEMORY = re.compile(r"^(VmRSS|VmHWM):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process of a function: CPU in seconds since its start; resident memory in bytes, now and
    at its peak."""

    pid: int
    function: str
    cpu: float
    resident: int
    peak: int


def workers(root: int) -> list[Worker]:
    """Every function process below ``root``; those that end meanwhile are left out."""
    return [worker for pid in _below(root) if (worker := _worker(pid)) is not None]


def browser_cpu(root: int) -> float:
    """CPU seconds of the Chromium processes below ``root`` that run pages and the GPU's work."""
    total = 0.0
    for pid in _below(root):
        proc = Path(f"/proc/{pid}")
        try:
            command = (proc / "cmdline").read_bytes().decode(errors="replace")
            fields = (proc / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if _BROWSER.search(command):
            total += _cpu(fields)
    return total


def _below(root: int) -> Iterator[int]:
    children = _children()
    pending = [root]
    while pending:
        pid = pending.pop()
        pending += children[pid]
        yield pid


def _cpu(fields: Sequence[str]) -> float:
    """Of the fields of ``stat`` behind the name."""
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children() -> defaultdict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything.
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children[int(fields[1])].append(int(path.parent.name))
    return children


def _worker(pid: int) -> Worker | None:
    proc = Path(f"/proc/{pid}")
    try:
        named = _WORKER.search((proc / "cmdline").read_bytes().decode(errors="replace"))
        fields = (proc / "stat").read_text().rpartition(")")[2].split()
        status = (proc / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    memory = {name: int(kilobytes) * 1024 for name, kilobytes in _MEMORY.findall(status)}
    if named is None or not {"VmRSS", "VmHWM"} <= memory.keys():
        return None
    return Worker(pid, named[1], _cpu(fields), memory["VmRSS"], memory["VmHWM"])


@dataclass(frozen=True, slots=True)
class Used:
    """CPU in seconds since their start, and the largest resident peak in bytes, of processes."""

    cpu: float
    peak: int


def used_by(root: int, *words: str) -> Used:
    """The processes at or below ``root`` whose command line has one of ``words``, together with
    those that they started."""
    tops = [pid for pid in _below(root) if any(word in _command(pid) for word in words)]
    cpu, peak = 0.0, 0
    for pid in {below for top in tops for below in _below(top)}:
        proc = Path(f"/proc/{pid}")
        try:
            cpu += _cpu((proc / "stat").read_text().rpartition(")")[2].split())
            memory = dict(_MEMORY.findall((proc / "status").read_text()))
        except (FileNotFoundError, ProcessLookupError):
            continue
        peak = max(peak, int(memory.get("VmHWM", 0)) * 1024)
    return Used(cpu, peak)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def cpu_by_function(root: int) -> dict[str, float]:
    """CPU seconds of each function's processes, together."""
    total: defaultdict[str, float] = defaultdict(float)
    for worker in workers(root):
        total[worker.function] += worker.cpu
    return dict(total)


def peak_by_function(root: int) -> dict[str, int]:
    """The largest peak (bytes) among each function's processes."""
    return _largest((worker.function, worker.peak) for worker in workers(root))


def resident_by_function(root: int) -> dict[str, int]:
    """The most that one of each function's processes holds now (bytes)."""
    return _largest((worker.function, worker.resident) for worker in workers(root))


def _largest(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    most: defaultdict[str, int] = defaultdict(int)
    for function, size in found:
        most[function] = max(most[function], size)
    return dict(most)
