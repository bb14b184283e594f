"""Objects and uploads: files named by random ids, facts in SQLite. Durable before it answers."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

from infra.local.install import sync_folder
from infra.local.s3.buckets import Bucket, LifecycleRule
from infra.local.s3.errors import S3Error

NULL_VERSION: Final = "null"
# Of so many objects the facts are kept as they were read.
_FACTS: Final = 8192
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, latest INTEGER NOT NULL,
    marker INTEGER NOT NULL, modified REAL NOT NULL, facts TEXT NOT NULL, blob TEXT,
    locked_until REAL, lock_mode TEXT,
    UNIQUE (bucket, key, version)
);
CREATE INDEX IF NOT EXISTS by_key ON objects (bucket, key, sequence);
CREATE TABLE IF NOT EXISTS uploads (
    upload TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, started REAL NOT NULL,
    facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, facts TEXT NOT NULL, blob TEXT NOT NULL,
    PRIMARY KEY (upload, number)
);
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """S3's metadata of an object. ``checksums`` by algorithm, in base64."""

    size: int = 0
    etag: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: str | None = None
    encryption: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """As the database keeps it."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one key; a delete marker has no blob."""

    bucket: str
    key: str
    version: str
    latest: bool
    marker: bool
    modified: float
    facts: Facts
    blob: str | None
    locked_until: float | None
    lock_mode: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload that was begun."""

    upload: str
    bucket: str
    key: str
    started: float
    facts: Facts


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload."""

    number: int
    facts: Facts
    blob: str


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition on the current object at a write (If-None-Match: *, If-Match)."""

    absent: bool = False
    etag: str | None = None


class ObjectStore:
    """All buckets of one installation. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        buckets: Mapping[str, Bucket],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._buckets = buckets
        self._now = now
        self._lock = threading.RLock()
        self._blobs = folder / "blobs"
        self._blobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "objects.sqlite"
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._drop_orphans()

    def bucket(self, name: str) -> Bucket:
        """A bucket by its name.

        Raises:
            S3Error: NoSuchBucket.
        """
        bucket = self._buckets.get(name)
        if bucket is None:
            raise S3Error("NoSuchBucket", "The specified bucket does not exist")
        return bucket

    def buckets(self) -> list[Bucket]:
        """Every bucket, by name."""
        return [self._buckets[name] for name in sorted(self._buckets)]

    def new_blob(self) -> Path:
        """A path for bytes that are being received; kept only once a row names it."""
        name = uuid.uuid4().hex
        folder = self._blobs / name[:2]
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder / name

    def put(
        self,
        bucket: Bucket,
        key: str,
        facts: Facts,
        blob: Path,
        *,
        condition: Condition | None = None,
    ) -> Version:
        """Make ``blob`` the current version of ``key``.

        Raises:
            S3Error: PreconditionFailed, or NoSuchKey when the version to match does not exist.
        """
        sync_folder(blob.parent)
        with self._lock:
            self._check(bucket, key, condition or Condition())
            version = uuid.uuid4().hex if bucket.versioned else NULL_VERSION
            old = None if bucket.versioned else self._find(bucket.name, key, NULL_VERSION)
            now = self._now()
            mode, until = self._retention(bucket, now)
            with self._transaction():
                if old is not None:
                    self._delete_row(old)
                self._database.execute(
                    "UPDATE objects SET latest = 0 WHERE bucket = ? AND key = ? AND latest = 1",
                    (bucket.name, key),
                )
                self._database.execute(
                    "INSERT INTO objects (bucket, key, version, latest, marker, modified, facts,"
                    " blob, lock_mode, locked_until)"
                    " VALUES (?, ?, ?, 1, 0, ?, ?, ?, ?, ?)",
                    (
                        *(bucket.name, key, version, now.timestamp(), facts.to_json()),
                        *(blob.name, mode, until),
                    ),
                )
            if old is not None:
                self._unlink(old.blob)
            stored = self._find(bucket.name, key, version)
        if stored is None:
            raise S3Error("NoSuchKey")
        return stored

    def get(self, bucket: Bucket, key: str, version: str | None = None) -> Version:
        """The current version, or the one that is named.

        Raises:
            S3Error: NoSuchKey or NoSuchVersion; with the header x-amz-delete-marker when the
                key was deleted; MethodNotAllowed when the version named is a delete marker.
        """
        with self._lock:
            found = self._find(bucket.name, key, version)
        if found is None:
            raise S3Error("NoSuchVersion" if version else "NoSuchKey")
        if found.marker:
            headers = (("x-amz-delete-marker", "true"), ("x-amz-version-id", found.version))
            raise S3Error("MethodNotAllowed" if version else "NoSuchKey", headers=headers)
        return found

    def tag(self, bucket: Bucket, key: str, tags: Mapping[str, str]) -> None:
        """Give the current version these tags in the place of its own.

        Raises:
            S3Error: as ``get``.
        """
        with self._lock:
            found = self.get(bucket, key)
            self._database.execute(
                "UPDATE objects SET facts = ? WHERE bucket = ? AND key = ? AND version = ?",
                (
                    *(replace(found.facts, tags=dict(tags)).to_json(), bucket.name),
                    *(key, found.version),
                ),
            )

    def open(
        self, bucket: Bucket, key: str, version: str | None = None
    ) -> tuple[Version, IO[bytes]]:
        """``get``, with the file open: a deletion meanwhile does not take the bytes away."""
        with self._lock:
            found = self.get(bucket, key, version)
            return found, self.blob_path(found.blob).open("rb")

    def delete(
        self, bucket: Bucket, key: str, version: str | None, *, bypass: bool = False
    ) -> tuple[str | None, bool]:
        """Delete a key (a marker where there are versions) or one version for ever.

        ``bypass`` is x-amz-bypass-governance-retention. Returns the version id concerned and
        whether it is, or was, a delete marker.

        Raises:
            S3Error: AccessDenied, when the version is under retention.
        """
        with self._lock:
            if version is None and bucket.versioned:
                return self._mark_deleted(bucket, key), True
            found = self._find(bucket.name, key, version or NULL_VERSION)
            if found is None:
                return version, False
            self._refuse_if_retained(found, bypass=bypass)
            with self._transaction():
                self._delete_row(found)
                self._promote(bucket.name, key)
            self._unlink(found.blob)
            return (found.version if bucket.versioned else None), found.marker

    def listing(self, bucket: Bucket, prefix: str, after: str, limit: int) -> list[Version]:
        """The current objects under ``prefix`` whose keys follow ``after``, in UTF-8 order."""
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM objects WHERE bucket = ? AND latest = 1 AND marker = 0"
                " AND key > ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?",
                (bucket.name, after, len(prefix), prefix, limit),
            ).fetchall()
        return [_version(row) for row in rows]

    def history(self, bucket: Bucket, prefix: str) -> list[Version]:
        """Every version and delete marker under ``prefix``: keys in UTF-8 order, of one key the
        latest version first."""
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM objects WHERE bucket = ? AND substr(key, 1, ?) = ?"
                " ORDER BY key, sequence DESC",
                (bucket.name, len(prefix), prefix),
            ).fetchall()
        return [_version(row) for row in rows]

    def begin_upload(self, bucket: Bucket, key: str, facts: Facts) -> Upload:
        """Begin a multipart upload."""
        upload = Upload(uuid.uuid4().hex, bucket.name, key, self._now().timestamp(), facts)
        with self._lock:
            self._database.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
                (upload.upload, bucket.name, key, upload.started, facts.to_json()),
            )
        return upload

    def upload(self, bucket: Bucket, key: str, upload: str) -> Upload:
        """An upload that was begun and not ended.

        Raises:
            S3Error: NoSuchUpload.
        """
        with self._lock:
            row = self._database.execute(
                "SELECT * FROM uploads WHERE upload = ? AND bucket = ? AND key = ?",
                (upload, bucket.name, key),
            ).fetchone()
        if row is None:
            raise S3Error("NoSuchUpload", "The specified multipart upload does not exist")
        return Upload(row["upload"], row["bucket"], row["key"], row["started"], _facts(row))

    def add_part(self, upload: Upload, number: int, facts: Facts, blob: Path) -> None:
        """Keep a part; the same number again replaces it."""
        sync_folder(blob.parent)
        with self._lock:
            old = self._database.execute(
                "SELECT blob FROM parts WHERE upload = ? AND number = ?", (upload.upload, number)
            ).fetchone()
            self._database.execute(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)",
                (upload.upload, number, facts.to_json(), blob.name),
            )
            self._unlink(old["blob"] if old else None)

    def parts(self, upload: Upload) -> list[Part]:
        """The parts of an upload by number."""
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM parts WHERE upload = ? ORDER BY number", (upload.upload,)
            ).fetchall()
        return [Part(row["number"], _facts(row), row["blob"]) for row in rows]

    def end_upload(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        with self._lock:
            blobs = [part.blob for part in self.parts(upload)]
            with self._transaction():
                self._database.execute("DELETE FROM parts WHERE upload = ?", (upload.upload,))
                self._database.execute("DELETE FROM uploads WHERE upload = ?", (upload.upload,))
            for blob in blobs:
                self._unlink(blob)

    def sweep(self) -> int:
        """Apply the buckets' lifecycle rules; how many objects and uploads ended."""
        ended = 0
        now = self._now()
        for bucket in self.buckets():
            for rule in bucket.lifecycle:
                if rule.expire is not None:
                    limit = (now - rule.expire).timestamp()
                    ended += self._expire(bucket, rule, limit, latest=True)
                if rule.expire_noncurrent is not None:
                    limit = (now - rule.expire_noncurrent).timestamp()
                    ended += self._expire(bucket, rule, limit, latest=False)
                if rule.abort_uploads is not None:
                    limit = (now - rule.abort_uploads).timestamp()
                    ended += self._abort(bucket, rule.prefix, limit)
        return ended

    def blob_path(self, blob: str | None) -> Path:
        """Where the bytes of a version or part are."""
        name = blob or ""
        return self._blobs / name[:2] / name

    def _expire(self, bucket: Bucket, rule: LifecycleRule, limit: float, *, latest: bool) -> int:
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM objects WHERE bucket = ? AND latest = ? AND modified < ?"
                " AND substr(key, 1, ?) = ? AND (marker = 0 OR latest = 0)",
                (bucket.name, int(latest), limit, len(rule.prefix), rule.prefix),
            ).fetchall()
            ended = 0
            for found in map(_version, rows):
                if not rule.tags.items() <= found.facts.tags.items():
                    continue
                if latest and bucket.versioned:
                    self._mark_deleted(bucket, found.key)
                elif not self._is_retained(found, bypass=False):
                    self.delete(bucket, found.key, found.version)
                else:
                    continue
                ended += 1
        return ended

    def _abort(self, bucket: Bucket, prefix: str, limit: float) -> int:
        with self._lock:
            rows = self._database.execute(
                "SELECT * FROM uploads WHERE bucket = ? AND started < ? AND substr(key, 1, ?) = ?",
                (bucket.name, limit, len(prefix), prefix),
            ).fetchall()
            for row in rows:
                self.end_upload(self.upload(bucket, row["key"], row["upload"]))
        return len(rows)

    def _check(self, bucket: Bucket, key: str, condition: Condition) -> None:
        if not condition.absent and condition.etag is None:
            return
        found = self._find(bucket.name, key, None)
        exists = found is not None and not found.marker
        if condition.absent and exists:
            raise S3Error("PreconditionFailed")
        if condition.etag is not None:
            if found is None or not exists:
                raise S3Error("NoSuchKey")
            if found.facts.etag != condition.etag:
                raise S3Error("PreconditionFailed")

    @staticmethod
    def _retention(bucket: Bucket, now: datetime) -> tuple[str | None, float | None]:
        if bucket.retention is None:
            return None, None
        return bucket.retention.mode, (now + bucket.retention.period).timestamp()

    def _is_retained(self, found: Version, *, bypass: bool) -> bool:
        if found.locked_until is None or found.locked_until <= self._now().timestamp():
            return False
        return not (bypass and found.lock_mode == "GOVERNANCE")

    def _refuse_if_retained(self, found: Version, *, bypass: bool) -> None:
        if self._is_retained(found, bypass=bypass):
            raise S3Error("AccessDenied", "Access Denied because object protected by object lock.")

    def _mark_deleted(self, bucket: Bucket, key: str) -> str:
        version = uuid.uuid4().hex
        with self._transaction():
            self._database.execute(
                "UPDATE objects SET latest = 0 WHERE bucket = ? AND key = ? AND latest = 1",
                (bucket.name, key),
            )
            self._database.execute(
                "INSERT INTO objects (bucket, key, version, latest, marker, modified, facts)"
                " VALUES (?, ?, ?, 1, 1, ?, ?)",
                (bucket.name, key, version, self._now().timestamp(), Facts().to_json()),
            )
        return version

    def _promote(self, bucket: str, key: str) -> None:
        """The newest version that is left becomes the current one."""
        self._database.execute(
            "UPDATE objects SET latest = (sequence = (SELECT max(sequence) FROM objects"
            " WHERE bucket = ? AND key = ?)) WHERE bucket = ? AND key = ?",
            (bucket, key, bucket, key),
        )

    def _find(self, bucket: str, key: str, version: str | None) -> Version | None:
        row = self._database.execute(
            "SELECT * FROM objects WHERE bucket = ? AND key = ?"
            " AND CASE WHEN ? IS NULL THEN latest = 1 ELSE version = ? END",
            (bucket, key, version, version),
        ).fetchone()
        return None if row is None else _version(row)

    def _delete_row(self, found: Version) -> None:
        self._database.execute(
            "DELETE FROM objects WHERE bucket = ? AND key = ? AND version = ?",
            (found.bucket, found.key, found.version),
        )

    def _unlink(self, blob: str | None) -> None:
        if blob is not None:
            self.blob_path(blob).unlink(missing_ok=True)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._database)

    def _drop_orphans(self) -> None:
        """Remove files that no row names: uploads that a crash cut short."""
        rows: Iterable[Any] = self._database.execute(
            "SELECT blob FROM objects WHERE blob IS NOT NULL UNION SELECT blob FROM parts"
        )
        named = {row["blob"] for row in rows}
        for folder in self._blobs.iterdir():
            for path in folder.iterdir():
                if path.name not in named:
                    path.unlink()


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when the block raises."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _version(row: sqlite3.Row) -> Version:
    return Version(
        bucket=row["bucket"],
        key=row["key"],
        version=row["version"],
        latest=bool(row["latest"]),
        marker=bool(row["marker"]),
        modified=row["modified"],
        facts=_facts(row),
        blob=row["blob"],
        locked_until=row["locked_until"],
        lock_mode=row["lock_mode"],
    )


def _facts(row: sqlite3.Row) -> Facts:
    return _read(row["facts"])


@lru_cache(_FACTS)
def _read(text: str) -> Facts:
    """Nobody changes them, and a listing reads those of all objects each time."""
    return Facts(**json.loads(text))
