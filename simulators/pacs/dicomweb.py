"""DICOMweb over an archive: QIDO-RS, WADO-RS and STOW-RS (PS3.18 10)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulators.pacs import multipart
from simulators.pacs.archive import CANNOT_UNDERSTAND, Archive, Entry, Refused, is_uid, metadata
from simulators.pacs.attributes import Level
from simulators.pacs.negotiation import accepts_json, dicom_ranges, satisfied
from simulators.pacs.query import QueryError, read_query, search

MAX_BODY: Final = 512 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_JSON: Final = "application/dicom+json"
_RETRIEVE_URL: Final = "00081190"
_LEVELS: Final = (("studies", "0020000D"), ("series", "0020000E"), ("instances", "00080018"))


@dataclass(slots=True)
class DicomWeb:
    """The services on ``archive``; ``max_body``: bytes that one STOW-RS request may have."""

    archive: Archive
    max_body: int = MAX_BODY
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> list[Route]:
        """Every DICOMweb route, relative to the service's base."""
        study, series = "/studies/{study}", "/studies/{study}/series/{series}"
        instance = f"{series}/instances/{{instance}}"
        queries: list[tuple[str, Level]] = [
            ("/studies", "study"),
            ("/series", "series"),
            ("/instances", "instance"),
            (f"{study}/series", "series"),
            (f"{study}/instances", "instance"),
            (f"{series}/instances", "instance"),
        ]
        return [
            Route("/studies", self.store, methods=["POST"]),
            Route(study, self.store, methods=["POST"]),
            *(Route(path, self._query(level), methods=["GET"]) for path, level in queries),
            *(Route(path, self.retrieve, methods=["GET"]) for path in (study, series, instance)),
            *(
                Route(f"{path}/metadata", self.metadata, methods=["GET"])
                for path in (study, series, instance)
            ),
        ]

    def _query(self, level: Level) -> Any:
        def answer(request: Request) -> Response:
            """QIDO-RS (PS3.18 10.6): 200, 204 when nothing matches, 400, 406."""
            _require_json(request)
            try:
                query = read_query(request.query_params.multi_items())
            except QueryError as error:
                raise HTTPException(400, f"the query is wrong: {error}") from error
            found = search(self._select(request), level, query)
            for item in found:
                item[_RETRIEVE_URL] = _element("UR", _url(item, str(request.base_url)))
            return _json(found) if found else Response(status_code=204)

        return answer

    def retrieve(self, request: Request) -> Response:
        """WADO-RS (PS3.18 10.4): the stored objects as they are, 406 when that is not accepted."""
        entries = self._found(request)
        ranges = dicom_ranges(request.headers.getlist("accept"))
        if not all(satisfied(ranges, entry.transfer_syntax) for entry in entries):
            raise HTTPException(406, "the stored transfer syntax is not accepted")
        boundary = uuid.uuid4().hex
        length = sum(len(_head(e, boundary)) + e.size for e in entries)
        return StreamingResponse(
            _body(entries, boundary),
            media_type=f'multipart/related; type="application/dicom"; boundary={boundary}',
            headers={"content-length": str(length + len(multipart.closing(boundary)))},
        )

    def metadata(self, request: Request) -> Response:
        """WADO-RS metadata in the DICOM JSON model (PS3.18 10.4.1.1.2)."""
        _require_json(request)
        return _json([metadata(entry) for entry in self._found(request)])

    async def store(self, request: Request) -> Response:
        """STOW-RS (PS3.18 10.5): 200 all stored, 202 some, 409 none; 400, 413, 415."""
        _require_json(request)
        study = _uids(request).get("study", "")
        boundary = _stow_boundary(request.headers.get("content-type", ""))
        body = await _read(request, self.max_body)
        return await run_in_threadpool(self._store, body, boundary, study, str(request.base_url))

    def _store(self, body: bytes, boundary: str, study: str, base: str) -> Response:
        try:
            parts = list(multipart.split(body, boundary))
        except multipart.MultipartError as error:
            raise HTTPException(400, f"the body is not multipart: {error}") from error
        if not parts:
            raise HTTPException(400, "the body has no part")
        stored: list[Entry] = []
        refused: list[Refused] = []
        with self._lock:
            for content_type, data in parts:
                try:
                    stored.append(self._store_part(content_type, data, study))
                except Refused as refusal:
                    refused.append(refusal)
        status = 200 if not refused else 202 if stored else 409
        return _json(_stow_answer(stored, refused, base), status)

    def _store_part(self, content_type: str, data: memoryview, study: str) -> Entry:
        if multipart.parameters(content_type)[0] not in {"application/dicom", ""}:
            raise Refused(CANNOT_UNDERSTAND)
        return self.archive.store(bytes(data), study)

    def _select(self, request: Request) -> list[Entry]:
        with self._lock:
            return self.archive.select(**_uids(request))

    def _found(self, request: Request) -> list[Entry]:
        entries = self._select(request)
        if not entries:
            raise HTTPException(404, "not here")
        return entries


def _uids(request: Request) -> dict[str, str]:
    """The path's UIDs, checked. HTTPException 400 for a text that is no UID."""
    found = dict(request.path_params)
    if not all(is_uid(uid) for uid in found.values()):
        raise HTTPException(400, "a path segment is not a UID")
    return found


def _require_json(request: Request) -> None:
    if not accepts_json(request.headers.getlist("accept")):
        raise HTTPException(406, f"only {_JSON} is answered")


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, media_type=_JSON)


def _head(entry: Entry, boundary: str) -> bytes:
    syntax = entry.transfer_syntax
    return multipart.part_header(boundary, f"application/dicom; transfer-syntax={syntax}")


def _body(entries: Sequence[Entry], boundary: str) -> Iterator[bytes]:
    for entry in entries:
        yield _head(entry, boundary)
        with entry.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    yield multipart.closing(boundary)


def _stow_boundary(content_type: str) -> str:
    media_type, found = multipart.parameters(content_type)
    if media_type != "multipart/related" or found.get("type", "").lower() != "application/dicom":
        raise HTTPException(415, 'only multipart/related; type="application/dicom" is stored')
    try:
        return multipart.boundary_of(content_type)
    except multipart.MultipartError as error:
        raise HTTPException(400, f"the content type is wrong: {error}") from error


async def _read(request: Request, limit: int) -> bytes:
    """The body. HTTPException 413 beyond ``limit`` bytes, 400 when the client goes away."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise HTTPException(413, "the body is too large")
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise HTTPException(400, "the body is incomplete") from error
    return b"".join(chunks)


def _element(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def _url(item: dict[str, Any], base: str) -> str:
    """Where a study, series or instance of a QIDO-RS answer is retrieved."""
    path = "".join(f"/{name}/{item[key]['Value'][0]}" for name, key in _LEVELS if key in item)
    return base.rstrip("/") + path


def _reference(sop_class: str, instance: str) -> dict[str, Any]:
    return {"00081150": _element("UI", sop_class), "00081155": _element("UI", instance)}


def _stow_answer(stored: list[Entry], refused: list[Refused], base: str) -> dict[str, Any]:
    """The Store Instances Response module (PS3.18 I.2)."""
    answer: dict[str, Any] = {}
    studies = {entry.study for entry in stored}
    if len(studies) == 1:
        url = f"{base.rstrip('/')}/studies/{studies.pop()}"
        answer[_RETRIEVE_URL] = _element("UR", url)
    # An object without a readable UID is listed without one, in (0008,119A).
    lists = {
        "00081199": [
            _reference(entry.sop_class, entry.instance)
            | {_RETRIEVE_URL: _element("UR", _url(entry.attributes, base))}
            for entry in stored
        ],
        "00081198": [
            _reference(r.sop_class, r.sop_instance) | {"00081197": _element("US", r.reason)}
            for r in refused
            if r.sop_instance
        ],
        "0008119A": [{"00081197": _element("US", r.reason)} for r in refused if not r.sop_instance],
    }
    return answer | {key: _element("SQ", *items) for key, items in lists.items() if items}
