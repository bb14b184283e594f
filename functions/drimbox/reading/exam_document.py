"""The document of an opened exam, for the viewer: its state, its series, where its bytes are.

Everything in it stands under the page's own numbers. An address is signed for some minutes and for
one object; it never names the patient. That of a fetched exam names no exam either; that of the
site's own cache holds the UIDs of the study, as the addresses of ``db`` do.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.display import Placed, first_frame, series_document
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.exam_states import exam_states
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.images.display import Display
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.manifest.read import ManifestSeries

# The first frame stands in the document itself up to this size, in bytes.
FIRST_BYTES: Final = 512 * 1024
# The documents and presentation states of an exam that stand in it, in bytes of JSON.
DOCUMENT_BYTES: Final = 1024 * 1024
# The tables of contrast that the images of an exam offer beside, in bytes of JSON.
TABLE_BYTES: Final = 1024 * 1024
_MORE, _LEFT = "more_tables", "tables_left"
# Every other end is "failed".
_STATES: Final = {
    None: "coming",
    Ended.STALE: "coming",
    Ended.WHOLE: "whole",
    Ended.GONE: "gone",
    Ended.PART: "gone",
    Ended.REFUSED: "refused",
    Ended.DIFFERS: "refused",
}
_FAILED: Final = "failed"
# The end that speaks for the exam, where its series ended differently: the first one that is there.
_RANKED: Final = (
    Ended.DIFFERS,
    Ended.UNTRUSTED,
    Ended.UNLISTED,
    Ended.REFUSED,
    Ended.ODD,
    Ended.AWAY,
    Ended.LOST,
    Ended.GONE,
    Ended.PART,
)
Sign = Callable[[str], str]
"""An address of the object under a key, good for some minutes."""
Read = Callable[[str, int, int], bytes | None]
"""``size`` bytes of the object under a key, from ``offset`` on."""


@frozen
class ShownInstance:
    """One object that is there: ``offset`` in bytes within the object ``key`` of the store."""

    sop_instance_uid: str
    key: str
    offset: int
    frames: Frames | None
    display: Display


@frozen
class ShownSeries:
    """One series: ``awaited`` objects are named by its manifest, ``instances`` are there."""

    named: ManifestSeries
    awaited: int
    instances: tuple[ShownInstance, ...]
    ended: Ended | None
    identity: Identity
    patient: Mapping[str, str]


@frozen
class ShownExam:
    """One exam of the page's list. ``facts`` are its texts there: date, act, site, report.

    ``failure``: the code of the error for which nothing of it can be had, "" for none.
    """

    number: int
    facts: Mapping[str, Any]
    series: tuple[ShownSeries, ...] = ()
    failure: str = ""

    @property
    def ended(self) -> Ended | None:
        """How the exam ended, None while something of it comes."""
        ends = {one.ended for one in self.series}
        if None in ends or Ended.STALE in ends:
            return None
        return next((one for one in _RANKED if one in ends), Ended.WHOLE)

    @property
    def state(self) -> str:
        """``whole``, ``coming``, ``gone``, ``refused`` or ``failed``."""
        return _FAILED if self.failure else _STATES.get(self.ended, _FAILED)

    @property
    def reason(self) -> str:
        """The code of the reason why the exam is not whole, "" for none."""
        ended = self.ended
        return self.failure or ("" if ended in {None, Ended.WHOLE} else str(ended))

    @property
    def identity(self) -> Identity:
        """Whether all images are the patient's, as far as they tell."""
        found = {one.identity for one in self.series if one.instances or one.patient}
        if Identity.DIFFERS in found:
            return Identity.DIFFERS
        return Identity.AGREES if found == {Identity.AGREES} else Identity.UNKNOWN


@frozen
class Addresses:
    """``sign`` and ``read`` of the store in which the exam stands; ``until``: the end of the
    addresses, ISO 8601."""

    sign: Sign
    read: Read
    until: str


def exam_document(exam: ShownExam, addresses: Addresses, *, first: bool = True) -> dict[str, Any]:
    """The exam as JSON, with all that is there now. ``first``: with its first frame, where one is
    there; its ``series`` is the place of its series in the document."""
    placed = [_placed(one) for one in exam.series]
    series = [
        _series(one, found, addresses) for one, found in zip(exam.series, placed, strict=True)
    ]
    states = exam_states([objects for objects, _ in placed])
    _tables_within_size([one for one, _ in series])
    states = _within_size([one for one, _ in series], states)
    differing = next((dict(one.patient) for one in exam.series if one.patient), None)
    return {
        "n": exam.number,
        **exam.facts,
        "state": exam.state,
        "reason": exam.reason,
        "identity": str(exam.identity),
        **({} if differing is None else {"identities": differing}),
        "awaited": sum(one.awaited for one in exam.series),
        "series": [document for document, _ in series],
        "states": states,
        "first": _first(series, addresses.read) if first else None,
    }


def _placed(shown: ShownSeries) -> tuple[list[Placed], list[str]]:
    """The series' objects, and the keys of the bytes that hold them."""
    keys = list(dict.fromkeys(one.key for one in shown.instances))
    places = {key: place for place, key in enumerate(keys)}
    objects = [
        Placed(one.display, places[one.key], one.offset, one.frames) for one in shown.instances
    ]
    return objects, keys


def _series(
    shown: ShownSeries, placed: tuple[list[Placed], list[str]], addresses: Addresses
) -> tuple[dict[str, Any], Sequence[str]]:
    """The series' document, and the keys of its objects."""
    objects, keys = placed
    marked = [(one.sop_instance_uid, None) for one in shown.named.instances if one.is_key]
    document = series_document(shown.named.series_instance_uid, objects, marked)
    return {
        **document,
        "modality": document["modality"] or shown.named.modality,
        "awaited": shown.awaited,
        "have": len(shown.instances),
        "state": _STATES.get(shown.ended, _FAILED),
        "objects": [{"url": addresses.sign(key), "until": addresses.until} for key in keys],
    }, keys


def _within_size(
    series: Sequence[dict[str, Any]], states: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Leave out the content of documents, then of states, beyond ``DOCUMENT_BYTES`` of all: the
    answer of a function has a size. Gives the states that are told."""
    left = DOCUMENT_BYTES
    for one in series:
        told = []
        for document in one.get("documents", ()):
            left -= len(json.dumps(document))
            told.append(document if left >= 0 else {"uid": document["uid"], "why": "size"})
        if told:
            one["documents"] = told
    offered = []
    for state in states:
        left -= len(json.dumps(state))
        refused = {name: state[name] for name in ("series", "uid", "label")} | {"why": "size"}
        offered.append(state if left >= 0 or "why" in state else refused)
    return offered


def _tables_within_size(series: Sequence[dict[str, Any]]) -> None:
    """Leave out the tables that images offer beside, of each series beyond ``TABLE_BYTES`` of all;
    those images tell that they have some."""
    left = TABLE_BYTES
    for one in series:
        parts = [one[part] for part in ("same", "each")]
        sizes = [len(json.dumps(part[_MORE])) for part in parts if _MORE in part]
        left -= sum(sizes)
        if not sizes or left >= 0:
            continue
        same, each = ({k: v for k, v in part.items() if k not in {_MORE, _LEFT}} for part in parts)
        places = range(len(one["frames"]))
        some = [(_of(one, place, _MORE), _of(one, place, _LEFT)) for place in places]
        one["same"], one["each"] = same, {**each, _LEFT: [any(told) or None for told in some]}


def _of(series: Mapping[str, Any], place: int, name: str) -> Any:
    """An attribute of one frame."""
    own = series["each"].get(name)
    return series["same"].get(name) if own is None else own[place]


def _first(
    series: Sequence[tuple[dict[str, Any], Sequence[str]]], read: Read
) -> dict[str, Any] | None:
    """The frame that is shown first, with its bytes: of the first series with a key image, else of
    the first that has frames."""
    drawn = [place for place, (document, _) in enumerate(series) if document["frames"]]
    if not drawn:
        return None
    chosen = next((place for place in drawn if series[place][0]["keys"]), drawn[0])
    document, keys = series[chosen]
    frame = first_frame(document)
    at, *where = document["frames"][frame]
    ranges = [where] if isinstance(where[0], int) else where
    if sum(size for _, size in ranges) > FIRST_BYTES:
        return None
    pieces = [read(keys[at], offset, size) for offset, size in ranges]
    whole = [piece for piece in pieces if piece is not None]
    if len(whole) < len(pieces):
        return None
    return {"series": chosen, "frame": frame, "bytes": b64encode(b"".join(whole)).decode()}
