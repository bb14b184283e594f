"""The real clock and the real source of identifiers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime


class SystemClock:
    """Implements ``ports.Clock``."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)


class RandomUids:
    """Implements ``ports.Uids``."""

    def fresh(self) -> str:
        """A random UUID (version 4)."""
        return str(uuid.uuid4())
