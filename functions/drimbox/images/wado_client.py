"""A client of WADO-RS and QIDO-RS: streamed, bounded, uncompressed (PS3.18 8.7, 10.4, 10.6).

It speaks to any DICOMweb server, the site's PACS or another; the server's own errors are given to
it as values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from functions.drimbox.errors import DrimboxError
from functions.drimbox.images.multipart import (
    MAX_PART_BYTES,
    MultipartUnreadable,
    boundary_of,
    read_parts,
)
from functions.drimbox.transport import TooManyBytes, bounded_body

MAX_JSON_BYTES: Final = 32 * 1024 * 1024
_JSON: Final = "application/dicom+json"

Attributes = Mapping[str, Any]
Parameters = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Faults:
    """The errors to raise: ``unavailable`` (from a detail without patient data) when there is no
    usable answer, ``refused`` when the server denies the access: waiting does not change that.
    """

    unavailable: Callable[[str], DrimboxError]
    refused: Callable[[], DrimboxError]


class WadoClient:
    """One DICOMweb server at ``base_url`` (no trailing slash needed).

    ``client`` owns TLS and time limits per operation and follows no redirect. A compressed answer
    is refused, since its size cannot be known. Every method raises the errors of ``faults``.
    """

    def __init__(self, client: httpx.Client, base_url: str, faults: Faults) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._faults = faults

    def objects(
        self, path: str, spool: Path, *, accept: str, max_bytes: int = MAX_PART_BYTES
    ) -> Generator[Path, None, None]:
        """Every object of an answer, each a whole new file of ``spool`` that the caller removes.

        Nothing when the server has nothing there; an object larger than ``max_bytes`` is an error.
        """
        with self._get(path, accept) as response:
            if response is None:
                return
            try:
                boundary = boundary_of(response.headers.get("content-type", ""))
                parts = read_parts(response.iter_raw(), boundary, spool, max_part_bytes=max_bytes)
                for part in parts:
                    yield part.path
            except MultipartUnreadable as error:
                raise self._faults.unavailable(str(error)) from None

    def data_sets(self, path: str, parameters: Parameters | None = None) -> list[Attributes]:
        """The data sets of a QIDO-RS or metadata answer; none for 204 and 404."""
        with self._get(path, _JSON, parameters) as response:
            body = b"[]" if response is None else bounded_body(response, MAX_JSON_BYTES)
        try:
            found = json.loads(body or b"[]")
        except (ValueError, RecursionError):
            raise self._faults.unavailable("the answer is not DICOM JSON") from None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self._faults.unavailable("the answer is not DICOM JSON")
        return found

    @contextmanager
    def _get(
        self, path: str, accept: str, parameters: Parameters | None = None
    ) -> Iterator[httpx.Response | None]:
        """A streamed answer; None when the server says that it has nothing there."""
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        try:
            with self._client.stream(
                "GET", self._base + path, params=parameters, headers=headers
            ) as response:
                yield self._usable(response)
        except TooManyBytes:
            raise self._faults.unavailable("the answer is larger than accepted") from None
        except httpx.HTTPError as error:
            # The message may quote the URL; the kind of failure is enough.
            raise self._faults.unavailable(f"no answer: {type(error).__name__}") from None

    def _usable(self, response: httpx.Response) -> httpx.Response | None:
        if response.status_code in {204, 404}:
            return None
        if response.status_code in {401, 403}:
            raise self._faults.refused()
        if response.status_code != 200:
            raise self._faults.unavailable(f"status {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._faults.unavailable("the answer is compressed")
        return response
