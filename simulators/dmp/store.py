"""The DMP's store, on disk: a row per document entry, written and synced before any answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS submission_set (
    unique_id TEXT PRIMARY KEY, submitted_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS document (
    rank INTEGER PRIMARY KEY AUTOINCREMENT, entry_uuid TEXT NOT NULL UNIQUE,
    unique_id TEXT NOT NULL, patient TEXT NOT NULL, sha1 TEXT NOT NULL, size INTEGER NOT NULL,
    entry BLOB NOT NULL, content BLOB NOT NULL, submitted_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS document_unique_id ON document (unique_id);
CREATE INDEX IF NOT EXISTS document_patient ON document (patient);
CREATE TABLE IF NOT EXISTS assertion (id TEXT PRIMARY KEY, seen_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS patient (id TEXT PRIMARY KEY, facts TEXT NOT NULL);
"""
_COLUMNS: Final = "entry_uuid, unique_id, patient, sha1, size, entry, content, submitted_at"
_ENTRIES: Final = _COLUMNS.replace("content", "x''")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A registered document: ``entry`` is its rim:ExtrinsicObject as XML, ``patient`` the
    PatientId as text, ``sha1`` lower-case hex of ``content``, ``submitted_at`` ISO 8601 UTC."""

    entry_uuid: str
    unique_id: str
    patient: str
    sha1: str
    size: int
    entry: bytes
    content: bytes
    submitted_at: str


class Store:
    """One SQLite file. Not for use by two threads at once: its owner serialises the calls."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # FULL: every commit is on the disk before it returns, also when power is lost.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def remember_assertion(self, assertion_id: str, at: datetime, forget_before: datetime) -> bool:
        """True the first time that this assertion is seen, False ever after.

        Those seen before ``forget_before`` have expired on their own and are dropped.
        """
        self._db.execute("DELETE FROM assertion WHERE seen_at < ?", (forget_before.isoformat(),))
        found = self._db.execute(
            "INSERT OR IGNORE INTO assertion VALUES (?, ?)", (assertion_id, at.isoformat())
        )
        return found.rowcount == 1

    def patient(self, patient: str) -> str | None:
        """The facts kept about that patient, None where there are none."""
        row = self._db.execute("SELECT facts FROM patient WHERE id = ?", (patient,)).fetchone()
        return None if row is None else str(row[0])

    def patients(self) -> list[tuple[str, str]]:
        """Every patient of whom facts are kept, with the facts."""
        rows = self._db.execute("SELECT id, facts FROM patient ORDER BY id")
        return [(str(row[0]), str(row[1])) for row in rows]

    def keep_patient(self, patient: str, facts: str) -> None:
        """Keep facts about that patient, in the place of those before."""
        self._db.execute("INSERT OR REPLACE INTO patient VALUES (?, ?)", (patient, facts))

    def forget_patients(self) -> None:
        """Forget the facts about every patient."""
        self._db.execute("DELETE FROM patient")

    def knows_submission_set(self, unique_id: str) -> bool:
        """True when a submission set of that uniqueId was registered."""
        row = self._db.execute("SELECT 1 FROM submission_set WHERE unique_id = ?", (unique_id,))
        return row.fetchone() is not None

    def register(
        self,
        submission_set_id: str,
        documents: Sequence[StoredDocument],
        restated: Mapping[str, bytes],
        at: datetime,
    ) -> None:
        """Keep a submission set, its documents, and its changes to registered entries, all or
        nothing (TF-2 3.41.4.1.3): ``restated`` is the new ``entry`` of each entryUUID.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(
                "INSERT INTO submission_set VALUES (?, ?)", (submission_set_id, at.isoformat())
            )
            self._db.executemany(
                f"INSERT INTO document ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                [_row(document) for document in documents],
            )
            self._db.executemany(
                "UPDATE document SET entry = ? WHERE entry_uuid = ?",
                [(entry, entry_uuid) for entry_uuid, entry in restated.items()],
            )
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def keep(self, documents: Sequence[StoredDocument]) -> None:
        """Keep documents without a submission set, all or nothing; one whose entryUUID is known
        takes the place of the former.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany(
                f"INSERT OR REPLACE INTO document ({_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(document) for document in documents],
            )
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def all(self) -> list[StoredDocument]:
        """Every document entry, oldest first."""
        return self._documents("", ())

    def of_patient(self, patient: str) -> list[StoredDocument]:
        """The document entries of one patient, oldest first, without their contents: a history has
        many megabytes of them, and a query gives none."""
        return self._documents("WHERE patient = ?", (patient,), _ENTRIES)

    def of_unique_id(self, unique_id: str) -> list[StoredDocument]:
        """The document entries of one uniqueId, oldest first."""
        return self._documents("WHERE unique_id = ?", (unique_id,))

    def of_entry_uuid(self, entry_uuid: str) -> StoredDocument | None:
        """The document entry of that entryUUID."""
        return next(iter(self._documents("WHERE entry_uuid = ?", (entry_uuid,))), None)

    def forget(self, entry_uuid: str) -> bool:
        """Lose a document with all of its submission, as a registry does that is restored from an
        older copy; False when there is none."""
        document = self.of_entry_uuid(entry_uuid)
        if document is None:
            return False
        at = (document.submitted_at,)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM document WHERE submitted_at = ?", at)
        self._db.execute("DELETE FROM submission_set WHERE submitted_at = ?", at)
        self._db.execute("COMMIT")
        return True

    def clear(self) -> None:
        """Forget every document and submission set; assertions stay used."""
        self._db.executescript("BEGIN; DELETE FROM document; DELETE FROM submission_set; COMMIT;")

    def _documents(
        self, where: str, values: tuple[str, ...], columns: str = _COLUMNS
    ) -> list[StoredDocument]:
        rows = self._db.execute(
            f"SELECT {columns} FROM document {where} ORDER BY rank",  # noqa: S608
            values,
        )
        return [StoredDocument(*row) for row in rows]


def _row(document: StoredDocument) -> tuple[str | int | bytes, ...]:
    """The columns of ``_COLUMNS``."""
    return (
        document.entry_uuid,
        document.unique_id,
        document.patient,
        document.sha1,
        document.size,
        document.entry,
        document.content,
        document.submitted_at,
    )
