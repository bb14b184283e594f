"""A probe of the site's PACS: quick, and harmless to repeat."""

from __future__ import annotations

from typing import Final

import httpx

from functions.drimbox.errors import Held

# Seconds: a national probe waits 300 ms in all.
_TIMEOUT: Final = httpx.Timeout(0.2)
# A study that cannot exist: the PACS must search, and finds nothing.
_NO_STUDY: Final = "2.25.0"


def pacs_answers(client: httpx.Client, pacs_url: str) -> bool:
    """Whether the PACS answers a search (QIDO-RS) in time."""
    try:
        with client.stream(
            "GET",
            f"{pacs_url}/studies",
            params={"StudyInstanceUID": _NO_STUDY, "limit": "1"},
            headers={"Accept": "application/dicom+json"},
            timeout=_TIMEOUT,
        ) as answer:
            return answer.status_code in {200, 204}
    except (httpx.HTTPError, Held):
        return False
