"""Audit and seals of one tenant in memory: versions, delete markers, and a fault at any access."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from functions.drimbox.audit_seals.ports import Version
from tests.fakes.memory import VirtualClock


@dataclass
class Bucket:
    """``objects``: version to bytes, None for a delete marker. ``touch`` is told every access: a
    listed version, a read object, a write before and after its effect; it may raise."""

    clock: VirtualClock
    objects: dict[Version, bytes | None] = field(default_factory=dict)
    touch: Callable[[str], None] = lambda _: None
    made: int = 0

    def put(self, key: str, data: bytes | None, at: datetime | None = None) -> Version:
        """A new version, or a delete marker."""
        self.made += 1
        version = Version(key, f"v{self.made:04}", at or self.clock.now(), is_marker=data is None)
        self.objects[version] = data
        return version

    def listed(self, below: str) -> Iterator[Version]:
        """By key; of one key, the latest first."""
        found = [one for one in self.objects if one.key.startswith(below)]
        for one in sorted(
            sorted(found, key=lambda v: v.version, reverse=True), key=lambda v: v.key
        ):
            self.touch(f"list {one.key}")
            yield one
        self.touch(f"list {below}")

    def read(self, version: Version) -> bytes:
        self.touch(f"get {version.key}")
        data = self.objects[replace(version)]
        assert data is not None
        return data

    def put_once(self, key: str, data: bytes) -> bool:
        self.touch(f"put {key}")
        taken = any(one.key == key for one in self.objects)
        if not taken:
            self.put(key, data)
        self.touch(f"written {key}")
        return not taken


@dataclass
class MemoryTrail:
    """``ill``: keys whose bytes the store itself calls ill."""

    bucket: Bucket
    ill: set[str] = field(default_factory=set)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted({one.key.split("/")[1] for one in self.bucket.listed("audit/")}))

    def versions(self, name: str) -> Iterator[Version]:
        return self.bucket.listed(f"audit/{name}/")

    def digests(self, versions: Sequence[Version]) -> Iterator[str]:
        for one in versions:
            data = self.bucket.read(one)
            yield "" if one.key in self.ill else hashlib.sha256(data).hexdigest()


@dataclass
class MemorySeals:
    bucket: Bucket

    def versions(self) -> Iterator[Version]:
        return self.bucket.listed("seals/")

    def get(self, version: Version) -> bytes:
        return self.bucket.read(version)

    def put_once(self, day: date, data: bytes) -> bool:
        return self.bucket.put_once(f"seals/{day.isoformat()}.jsonl", data)

    def progress(self, day: date) -> Iterator[bytes]:
        for one in list(self.bucket.listed(f"progress/{day.isoformat()}/")):
            yield self.bucket.read(one)

    def keep(self, day: date, lines: bytes) -> None:
        name = hashlib.sha256(lines).hexdigest()
        self.bucket.put_once(f"progress/{day.isoformat()}/{name}.jsonl", lines)
