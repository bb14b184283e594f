"""Send Part 10 files to a DICOMweb base by STOW-RS (PS3.18 10.5), in batches."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import httpx

from simulators.pacs.multipart import join

BATCH: Final = 32 * 1024 * 1024


class LoadError(RuntimeError):
    """The archive did not keep everything; the message gives its status."""


def load(
    files: Iterable[Path],
    base_url: str,
    *,
    client: httpx.Client | None = None,
    batch: int = BATCH,
) -> int:
    """Store every file in the DICOMweb service at ``base_url``; how many were stored.

    A request carries at most about ``batch`` bytes. LoadError at the first refusal;
    httpx.TransportError when the archive cannot be reached.
    """
    with client or httpx.Client(timeout=120) as sender:
        return sum(_store(sender, base_url, paths) for paths in _batches(files, batch))


def _batches(files: Iterable[Path], limit: int) -> Iterator[list[Path]]:
    paths: list[Path] = []
    size = 0
    for path in files:
        length = path.stat().st_size
        if paths and size + length > limit:
            yield paths
            paths, size = [], 0
        paths.append(path)
        size += length
    if paths:
        yield paths


def _store(client: httpx.Client, base_url: str, paths: list[Path]) -> int:
    boundary = uuid.uuid4().hex
    answer = client.post(
        f"{base_url.rstrip('/')}/studies",
        content=join((path.read_bytes() for path in paths), boundary, "application/dicom"),
        headers={
            "content-type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "accept": "application/dicom+json",
        },
    )
    if answer.status_code != 200:
        raise LoadError(f"STOW-RS answered {answer.status_code} to {len(paths)} objects")
    stored = answer.json().get("00081199", {}).get("Value", [])
    if len(stored) != len(paths):
        raise LoadError(f"{len(stored)} of {len(paths)} objects were stored")
    return len(stored)
