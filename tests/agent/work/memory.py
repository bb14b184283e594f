"""The cloud in memory, as the agent's ports see it."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field

from agent.work.ports import CloudAway, PackGone, Part


@dataclass
class MemoryIncoming:
    """Implements ``work.ports.Incoming``; ``broken``: the calls that fail, by their number."""

    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    # The answer of the call is lost, after its effect.
    unheard: set[int] = field(default_factory=set)

    def _called(self, name: str) -> int:
        self.calls.append(name)
        number = len(self.calls)
        if number in self.broken:
            raise CloudAway("broken")
        return number

    def _heard(self, number: int) -> None:
        if number in self.unheard:
            raise CloudAway("unheard")

    def put(self, key: str, part: Part) -> None:
        number = self._called("put")
        self.objects.setdefault(key, checked(part))
        self._heard(number)

    def begin(self, key: str) -> str:
        number = self._called("begin")
        name = f"upload-{len(self.uploads)}"
        self.uploads[name] = {}
        self._heard(number)
        return name

    def listed(self, key: str, upload: str) -> Mapping[int, tuple[int, bytes]] | None:
        self._called("list")
        parts = self.uploads.get(upload)
        if parts is None:
            return None
        return {n: (len(one), hashlib.sha256(one).digest()) for n, one in parts.items()}

    def add(self, key: str, upload: str, number: int, part: Part) -> None:
        call = self._called(f"add {number}")
        self.uploads[upload][number] = checked(part)
        self._heard(call)

    def complete(self, key: str, upload: str, parts: Iterable[Part]) -> None:
        call = self._called("complete")
        there = self.uploads.pop(upload)
        assert sorted(there) == list(range(1, len(list(parts)) + 1))
        self.objects.setdefault(key, b"".join(there[n] for n in sorted(there)))
        self._heard(call)


@dataclass
class MemoryPacks:
    """Implements ``work.ports.Packs``; ``cut``: so many bytes come of a call, the first of these
    for the first one."""

    packs: dict[str, bytes] = field(default_factory=dict)
    offsets: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    chunk: int = 1000

    def read(self, url: str, offset: int) -> Generator[bytes, None, None]:
        self.offsets.append(offset)
        if url not in self.packs:
            raise PackGone("status 404")
        data = self.packs[url][offset:]
        most = self.cut.pop(0) if self.cut else len(data)
        for at in range(0, min(most, len(data)), self.chunk):
            yield data[at : min(at + self.chunk, most)]
        if most < len(data):
            raise CloudAway("cut")


def checked(part: Part) -> bytes:
    """The part's bytes, as S3 takes them: only with their size and digest."""
    data = part.path.read_bytes()
    assert (len(data), hashlib.sha256(data).digest()) == (part.size, part.sha256)
    return data
