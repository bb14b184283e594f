"""The audit trail: one object per effect or refusal, in a bucket where nothing can be changed.

The day stands first in its key, so that a day can be listed and sealed (decision 0051).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from functions.aws.blobs import S3Blobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.ports import Clock


# A key of its own: its records stay readable after a tenant and its key are removed.
KEY_ALIAS: Final = "alias/drimbox/audit"


class S3Audit:
    """Implements ``ports.Audit`` for one tenant."""

    def __init__(self, bucket: str, tenant: str, clock: Clock) -> None:
        self._blobs = S3Blobs(bucket, tenant, encrypted_by=KEY_ALIAS)
        self._tenant = tenant
        self._clock = clock

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        """Write the record under its UTC day; the same event and key twice leave the first one.

        A repetition after midnight leaves a second one, of the same name, under its own day.
        """
        # The key may hold identifiers: only its digest goes into the object's name.
        name = hashlib.sha256(f"{event}\x1f{key}\x1f{result}".encode()).hexdigest()
        at = self._clock.now().astimezone(UTC)
        self._blobs.put_once(
            f"audit/{at.date().isoformat()}/{event}/{name}.json",
            json.dumps(
                {
                    "event": event,
                    "result": result,
                    "who": who,
                    "tenant": self._tenant,
                    "at": at.isoformat(),
                    **{f"for_{name}": value for name, value in facts.items()},
                },
                ensure_ascii=False,
                sort_keys=True,
            ).encode(),
            "application/json",
        )
