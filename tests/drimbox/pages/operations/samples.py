"""One publication as a list gives it."""

from __future__ import annotations

from typing import Any, Final

AT: Final = "2026-11-26T09:00:00+00:00"
HELD: Final = {"fr": "Refusé", "en": "Refused"}
TODO: Final = {"fr": "Lire", "en": "Read"}
ONE: Final[dict[str, Any]] = {
    "id": "0" * 32,
    "state": "held",
    "sender": "<b>|Site",
    "received_at": AT,
    "changed_at": AT,
    "replays": 2,
    "ignored": "",
    "studies": [
        {"study_instance_uid": "1.2", "reason": "dmp_refused", "words": HELD, "todo": TODO},
        {"study_instance_uid": "1.3"},
    ],
}
