"""A client of WADO-RS and QIDO-RS: streamed, bounded, uncompressed (PS3.18 8.7, 10.4, 10.6).

It speaks to any DICOMweb server, the site's PACS or another; the server's own errors are given to
it as values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import httpx

from functions.drimbox import strict_json
from functions.drimbox.images.multipart import (
    MAX_PART_BYTES,
    MultipartUnreadable,
    boundary_of,
    read_parts,
)
from functions.drimbox.transport import WHOLE_ANSWER, TooManyBytes, bounded_body, retry_after
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from functions.drimbox.errors import DrimboxError
    from functions.drimbox.transport import Patience

# As objects of Python, JSON takes twenty times its bytes, and a function has 1 GB.
MAX_JSON_BYTES: Final = 8 * 1024 * 1024
_JSON: Final = "application/dicom+json"
# The answers that we know how to read; 404 has its meaning from the resource that was asked for.
_READ: Final = frozenset({200, 204, 404})
# Answers below 500 by which a server, or a proxy before it, says that it does not answer now.
_AWAY: Final = frozenset({408, 425, 429})
# No request has come to the server.
_NOT_REACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# PS3.18 8.3.4: the one warning about a query that does not speak of results which were left out.
_HARMLESS_WARNING: Final = re.compile(r'299[^"]*"[^"]*fuzzymatching[^"]*"', re.IGNORECASE)

Attributes = Mapping[str, Any]
Parameters = Mapping[str, str | Sequence[str]]


class Unavailable(Protocol):
    """The error for a server that does not answer or says that it cannot.

    ``retry_after``: the server's own words about when to come back.
    """

    def __call__(self, detail: str, *, retry_after: tuple[str, ...] = ()) -> DrimboxError:
        """From a detail without patient data."""
        ...


@frozen
class Faults:
    """The errors to raise, from a detail without patient data: ``unavailable`` when the server
    cannot be reached or does not speak to us now, ``failed`` when it was reached and gave no whole
    answer, or a 5xx: the fault may be that of this one request. ``unusable`` when it answers and
    the answer is not one that we can use. ``refused`` when it denies the access: waiting does not
    change that.
    """

    unavailable: Unavailable
    failed: Unavailable
    unusable: Callable[[str], DrimboxError]
    refused: Callable[[], DrimboxError]


class DataSets(NamedTuple):
    """The data sets of an answer. ``more``: a Warning header says that the answer is not all that
    there is (PS3.18 8.3.4.4), or says something that we do not know.
    """

    found: list[Attributes]
    more: bool = False


class WadoClient:
    """One DICOMweb server at ``base_url`` (no trailing slash needed).

    ``client`` owns TLS and time limits per operation and follows no redirect. A compressed answer
    is refused, since its size cannot be known. ``patience`` limits each request, where a person
    waits for the answer. Every method raises the errors of ``faults``.
    """

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        faults: Faults,
        patience: Patience | None = None,
    ) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._faults = faults
        self._patience = patience

    def objects(
        self, path: str, spool: Path, *, accept: str, max_bytes: int = MAX_PART_BYTES
    ) -> Generator[Path, None, None]:
        """Every object of an answer, each a whole new file of ``spool`` that the caller removes.

        Nothing when the server has nothing there; an object larger than ``max_bytes`` is an error.
        """
        with self._get(path, accept) as response:
            if response.status_code != 200:
                return
            try:
                boundary = boundary_of(response.headers.get("content-type", ""))
                parts = read_parts(response.iter_raw(), boundary, spool, max_part_bytes=max_bytes)
                for part in parts:
                    yield part.path
            except MultipartUnreadable as error:
                raise self._faults.unusable(str(error)) from None

    def data_sets(self, path: str, parameters: Parameters | None = None) -> DataSets:
        """The data sets of a QIDO-RS or metadata answer; none for 204 (PS3.18 10.6.3).

        A 404 is no statement about studies: a wrong base path gives it too. Neither is a body
        without a byte.
        """
        with self._get(path, _JSON, parameters) as response:
            if response.status_code == 404:
                raise self._faults.unusable("status 404")
            more = _has_more(response)
            if response.status_code == 204:
                return DataSets([], more)
            seconds = self._patience.whole if self._patience else WHOLE_ANSWER
            body = bounded_body(response, MAX_JSON_BYTES, max_seconds=seconds)
        try:
            found = strict_json.read(body)
        except strict_json.NotStrictJson:
            raise self._faults.unusable("the answer is not DICOM JSON") from None
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self._faults.unusable("the answer is not DICOM JSON")
        return DataSets(found, more)

    @contextmanager
    def _get(
        self, path: str, accept: str, parameters: Parameters | None = None
    ) -> Iterator[httpx.Response]:
        """A streamed answer: 200 with a body that can be read, 204, or 404."""
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        limits = {"timeout": self._patience.begin()} if self._patience else None
        try:
            with self._client.stream(
                "GET", self._base + path, params=parameters, headers=headers, extensions=limits
            ) as response:
                yield self._usable(response)
        except TooManyBytes:
            raise self._faults.unusable("the answer is larger than accepted") from None
        except httpx.HTTPError as error:
            # The message may quote the URL; the kind of failure is enough.
            is_reached = not isinstance(error, _NOT_REACHED)
            raised = self._faults.failed if is_reached else self._faults.unavailable
            raise raised(f"no answer: {type(error).__name__}") from None

    def _usable(self, response: httpx.Response) -> httpx.Response:
        status = response.status_code
        if status in {401, 403}:
            raise self._faults.refused()
        if status >= 500:
            raise self._faults.failed(f"status {status}", retry_after=retry_after(response))
        if 300 <= status < 400 or status in _AWAY:
            raise self._faults.unavailable(f"status {status}", retry_after=retry_after(response))
        if status not in _READ:
            raise self._faults.unusable(f"status {status}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self._faults.unusable("the answer is compressed")
        return response


def _has_more(response: httpx.Response) -> bool:
    warnings = response.headers.get_list("warning")
    return not all(_HARMLESS_WARNING.fullmatch(one.strip()) for one in warnings)
