"""The audit trail: one object per effect or refusal, in a bucket where nothing can be changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from functions.aws.blobs import S3Blobs
from functions.drimbox.ports import Clock


class S3Audit:
    """Implements ``ports.Audit`` for one tenant."""

    def __init__(self, bucket: str, tenant: str, clock: Clock) -> None:
        self._blobs = S3Blobs(bucket, tenant)
        self._tenant = tenant
        self._clock = clock

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        """Write the record; the same event and key twice leave the first one."""
        # The key may hold identifiers: only its digest goes into the object's name.
        name = hashlib.sha256(f"{event}\x1f{key}\x1f{result}".encode()).hexdigest()
        self._blobs.put_once(
            f"audit/{event}/{name}.json",
            json.dumps(
                {
                    "event": event,
                    "result": result,
                    "who": who,
                    "tenant": self._tenant,
                    "at": self._clock.now().isoformat(),
                    **{f"for_{name}": value for name, value in facts.items()},
                },
                ensure_ascii=False,
                sort_keys=True,
            ).encode(),
            "application/json",
        )
