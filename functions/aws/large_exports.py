"""A publication's export that is too large for an answer: a file in the bucket of the exports, for
a day, at a signed address (decision 0003).

A message may have 64 MiB, and an answer of a function 6 MB in base64.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from functions.aws.stores import UIDS
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.aws.settings_protocols import NamesExportAddresses
    from functions.aws.stores import TenantStores

# Bytes of an export that is the answer itself.
MOST_BYTES: Final = 4 * 1024 * 1024
JSON: Final = "application/json"
# Of this type a browser keeps the file, and shows nothing of it.
FILE: Final = "application/octet-stream"


@frozen
class LargeExport:
    """``address`` gives the file to anyone who holds it, for ``minutes``; ``size`` in bytes."""

    address: str
    size: int
    minutes: int


def large_export(
    stores: TenantStores[NamesExportAddresses], facts: dict[str, Any], content_type: str
) -> LargeExport | None:
    """Keep the export as a file; None, and nothing is kept, where an answer holds it.

    ``facts`` are those of ``operations.exporting.export``. StorageUnavailable when S3 fails.
    """
    body = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) <= MOST_BYTES:
        return None
    key = f"exports/{UIDS.fresh()}/publication-{facts['id']}.json"
    stores.exports.put(key, BytesIO(body), JSON)
    seconds = stores.settings.export_url_seconds
    address = stores.exports.signed_url(key, content_type=content_type, seconds=seconds)
    return LargeExport(address, len(body), seconds // 60)
