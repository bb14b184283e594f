"""The spool on the disk: SQLite, WAL, synchronous FULL, sealed messages, order of acceptance.

A message is in the spool when :meth:`Spool.put` has returned: its transaction is on the disk. It
leaves when the cloud has acknowledged it, and is overwritten then (``secure_delete``). One process
at a time has the spool (``locking_mode`` EXCLUSIVE); a killed one leaves nothing to mend.

Message and name: the same MSH-3, MSH-4 and MSH-10 with the same bytes is the same message, with
other bytes it is refused, as in the cloud's inbox.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from agent.spool.key import sync_folder
from functions.drimbox.errors import ConfigurationError, StorageUnavailable
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

NAME: Final = "spool.sqlite3"
# The purpose of the seal of messages.
PURPOSE: Final = "agent spool"
_VERSION: Final = 1
# journal_mode and synchronous: each COMMIT is on the disk.
_PROMISED: Final = ("wal", 2)
_CHECKED: Final = "key"
_SCHEMA: Final = (
    """CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        sender TEXT NOT NULL,
        control_id TEXT NOT NULL,
        digest BLOB NOT NULL,
        accepted_at TEXT NOT NULL,
        size INTEGER NOT NULL,
        aside TEXT NOT NULL DEFAULT '',
        ack BLOB NOT NULL,
        sealed BLOB NOT NULL,
        UNIQUE (sender, control_id)
    )""",
    "CREATE INDEX lanes ON messages (aside, sender, number)",
    "CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    f"PRAGMA user_version = {_VERSION}",
)


@frozen
class Entry:
    """A message to keep: ``sender`` is ``APPLICATION|FACILITY``, ``control_id`` MSH-10, ``ack`` the
    answer that its sender gets once it is kept, ``accepted_at`` aware.
    """

    sender: str
    control_id: str
    raw: bytes
    ack: bytes
    accepted_at: datetime

    def __repr__(self) -> str:
        return f"Entry({len(self.raw)} bytes)"


@frozen
class Kept:
    """``ack`` is the answer of the kept message, the first one's where it came before; None where
    other bytes have the same name."""

    ack: bytes | None


@frozen
class Head:
    """The oldest waiting message of one sender, or one that was put aside; ``size`` in bytes."""

    number: int
    sender: str
    size: int


@frozen
class Stored:
    """A message as it is sent on."""

    control_id: str
    raw: bytes
    accepted_at: datetime

    def __repr__(self) -> str:
        return f"Stored({len(self.raw)} bytes)"


@frozen
class Depth:
    """How much waits: messages, bytes, and the acceptance of the oldest (None without any);
    ``aside``: those that the cloud would not take, which wait for a human."""

    messages: int
    bytes: int
    oldest_at: datetime | None
    aside: int


class Spool:
    """One folder's spool; of one thread at a time. Every method raises StorageUnavailable when the
    disk does not do its part: nothing is half done then.
    """

    def __init__(
        self, folder: Path, key: Callable[[bool], bytes], nonce: Callable[[], bytes]
    ) -> None:
        """``key`` gives the spool's key; it is told whether the spool is new, when a key may be
        made. ``nonce``: twelve bytes that are never the same.

        Raises ConfigurationError for a folder, a file or a key that is not this spool's, one that
        another process has open, and one that is damaged.
        """
        self._nonce = nonce
        with ExitStack() as failed:
            try:
                self._connection = _opened(folder)
                failed.callback(self._connection.close)
                self._configure(folder)
                self._seal = Seal(key(self._is_new()), "", PURPOSE)
                self._prepare()
                self._senders = self._count()
                self._oldest_at = self._oldest()
            except (sqlite3.Error, OSError) as error:
                raise ConfigurationError(f"the spool cannot be opened: {_said(error)}") from None
            failed.pop_all()

    def _configure(self, folder: Path) -> None:
        """Raises ConfigurationError where SQLite does not promise what an acknowledgement needs: a
        folder on some network shares takes no log."""
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "auto_vacuum = INCREMENTAL",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "temp_store = MEMORY",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        promised = self._value("PRAGMA journal_mode"), self._value("PRAGMA synchronous")
        if promised != _PROMISED:
            raise ConfigurationError("the spool's folder keeps nothing durably: is it a share?")
        sync_folder(folder)
        sync_folder(folder.parent)

    def _is_new(self) -> bool:
        version: int = self._value("PRAGMA user_version")
        if version not in (0, _VERSION):
            raise ConfigurationError("the spool is of another release")
        return version == 0

    def _prepare(self) -> None:
        """The tables of a new spool; of another one its key, and that its pages are whole."""
        if self._is_new():
            with self._transaction():
                for statement in _SCHEMA:
                    self._connection.execute(statement)
                mark = self._seal.close_bytes(_CHECKED, b"", self._nonce())
                self._connection.execute("INSERT INTO about VALUES (?, ?)", (_CHECKED, mark))
            return
        if self._value("PRAGMA quick_check") != "ok":
            raise ConfigurationError("the spool is damaged")
        mark = self._value("SELECT value FROM about WHERE name = ?", _CHECKED)
        if self._seal.open_bytes(_CHECKED, mark) is None:
            raise ConfigurationError("the key is not that of the spool")

    def _count(self) -> Counter[str]:
        rows = self._connection.execute(
            "SELECT sender, count(*) FROM messages WHERE aside = '' GROUP BY sender"
        )
        return Counter(dict(rows.fetchall()))

    def put(self, entries: Sequence[Entry]) -> list[Kept]:
        """Keep all of them in one transaction, or none."""
        with self._transaction():
            found = [self._put(entry) for entry in entries]
        fresh = [entry for entry, (_, is_new) in zip(entries, found, strict=True) if is_new]
        self._senders.update(entry.sender for entry in fresh)
        if fresh and self._oldest_at is None:
            self._oldest_at = fresh[0].accepted_at
        return [kept for kept, _ in found]

    def _put(self, entry: Entry) -> tuple[Kept, bool]:
        digest = hashlib.sha256(entry.raw).digest()
        at = entry.accepted_at.isoformat()
        known = self._connection.execute(
            "SELECT digest, ack FROM messages WHERE sender = ? AND control_id = ?",
            (entry.sender, entry.control_id),
        ).fetchone()
        if known is not None:
            return Kept(known[1] if known[0] == digest else None), False
        place = _place(entry.sender, entry.control_id, at)
        sealed = self._seal.close_bytes(place, entry.raw, self._nonce())
        self._connection.execute(
            "INSERT INTO messages (sender, control_id, digest, accepted_at, size, ack, sealed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry.sender, entry.control_id, digest, at, len(entry.raw), entry.ack, sealed),
        )
        return Kept(entry.ack), True

    def holds(self, sender: str) -> bool:
        """Whether a message of that sender waits."""
        return self._senders[sender] > 0

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self._senders.total()

    def heads(self) -> list[Head]:
        """The oldest waiting message of each sender, the oldest first."""
        with _storage():
            rows = self._connection.execute(
                "SELECT number, sender, size FROM messages WHERE number IN"
                " (SELECT min(number) FROM messages WHERE aside = '' GROUP BY sender)"
                " ORDER BY number"
            ).fetchall()
        return [Head(*row) for row in rows]

    def asides(self) -> list[Head]:
        """The messages that were put aside, the oldest first."""
        with _storage():
            rows = self._connection.execute(
                "SELECT number, sender, size FROM messages WHERE aside <> '' ORDER BY number"
            ).fetchall()
        return [Head(*row) for row in rows]

    def load(self, number: int) -> Stored | None:
        """The message of that number; None where its seal does not open."""
        with _storage():
            sender, control_id, at, sealed = self._connection.execute(
                "SELECT sender, control_id, accepted_at, sealed FROM messages WHERE number = ?",
                (number,),
            ).fetchone()
        raw = self._seal.open_bytes(_place(sender, control_id, at), sealed)
        return None if raw is None else Stored(control_id, raw, datetime.fromisoformat(at))

    def remove(self, head: Head) -> None:
        """The cloud has it: forget it, and shrink the files once nothing waits."""
        with self._transaction():
            (aside,) = self._connection.execute(
                "DELETE FROM messages WHERE number = ? RETURNING aside", (head.number,)
            ).fetchone()
        if not aside:
            self._left(head)
        if not self.waiting:
            with _storage():
                # The log still holds the sealed pages of former transactions.
                self._connection.executescript(
                    "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"
                )

    def put_aside(self, head: Head, why: str) -> None:
        """The cloud would not take it: keep it, and let those behind it go on. It counts among
        those that wait no more: neither for the order nor for the room."""
        with self._transaction():
            self._connection.execute(
                "UPDATE messages SET aside = ? WHERE number = ?", (why, head.number)
            )
        self._left(head)

    def _left(self, head: Head) -> None:
        """A message waits no more."""
        self._senders[head.sender] -= 1
        with _storage():
            self._oldest_at = self._oldest()

    def depth(self) -> Depth:
        """How much waits now."""
        with _storage():
            messages, size = self._connection.execute(
                "SELECT count(*), coalesce(sum(size), 0) FROM messages WHERE aside = ''"
            ).fetchone()
            aside = self._value("SELECT count(*) FROM messages WHERE aside <> ''")
        return Depth(messages, size, self.oldest_at, aside)

    @property
    def oldest_at(self) -> datetime | None:
        """The acceptance of the oldest message that waits, None without any."""
        return self._oldest_at

    def _oldest(self) -> datetime | None:
        row = self._connection.execute(
            "SELECT accepted_at FROM messages WHERE aside = '' ORDER BY number LIMIT 1"
        ).fetchone()
        return None if row is None else datetime.fromisoformat(row[0])

    def close(self) -> None:
        """Let another process open it."""
        self._connection.close()

    def _value(self, query: str, *given: object) -> Any:
        return self._connection.execute(query, given).fetchone()[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, on the disk at its end. Raises StorageUnavailable."""
        with _storage():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # A COMMIT that the disk refused may have ended the transaction itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _opened(folder: Path) -> sqlite3.Connection:
    """The file of the folder, the agent's alone; both are made where they are not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / NAME
    # Its log gets the mode of the file.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix":
        folder.chmod(0o700)
        path.chmod(0o600)
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=2.0)


def _place(sender: str, control_id: str, at: str) -> str:
    return "\0".join((sender, control_id, at))


def _said(error: Exception) -> str:
    """An error's own words; they name files, never a message."""
    return str(error)


@contextmanager
def _storage() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageUnavailable(f"spool: {_said(error)}") from None
