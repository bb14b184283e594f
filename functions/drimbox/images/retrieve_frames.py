"""The answer to a request for frames (PS3.18 10.4.1.1.6): the pixels of one object, frame by frame,
as the object holds them.

The media type of a frame follows from its transfer syntax (PS3.18 table 8.7.3-5). The network's
requesters also ask for frames as ``application/dicom``: an object has them so as a whole alone.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.errors import Absent, BadRequest, NotAcceptable, StorageUnavailable, TooLarge
from functions.drimbox.images.cache import DIRECT_LIMIT
from functions.drimbox.images.multipart import DICOM, Item, boundary_for, lay_out
from functions.drimbox.images.negotiation import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    most_specific,
    rank,
    required_ranges,
)
from functions.drimbox.images.retrieve import held_instance, ready, require_named
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.accept import Range
    from functions.drimbox.images.cache import CachedInstance, CachedSeries
    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.images.retrieve import Target
    from functions.drimbox.manifest.read import Manifest

OCTETS: Final = "application/octet-stream"
# The frames of a request.
MOST_FRAMES: Final = 1000
_LIST: Final = re.compile(r"[1-9][0-9]{0,5}(?:,[1-9][0-9]{0,5})*")
_JPEG: Final = "1.2.840.10008.1.2.4."
# The media type of compressed frames, with the syntax that it means where none is named.
_MEDIA: Final[Mapping[str, tuple[str, str]]] = {
    "1.2.840.10008.1.2.5": ("image/dicom-rle", "1.2.840.10008.1.2.5"),
    **dict.fromkeys(
        (f"{_JPEG}50", f"{_JPEG}51", f"{_JPEG}57", f"{_JPEG}70"), ("image/jpeg", f"{_JPEG}70")
    ),
    **dict.fromkeys((f"{_JPEG}80", f"{_JPEG}81"), ("image/jls", f"{_JPEG}80")),
    **dict.fromkeys((f"{_JPEG}90", f"{_JPEG}91"), ("image/jp2", f"{_JPEG}90")),
    **dict.fromkeys((f"{_JPEG}92", f"{_JPEG}93"), ("image/jpx", f"{_JPEG}92")),
    **dict.fromkeys((f"{_JPEG}201", f"{_JPEG}202", f"{_JPEG}203"), ("image/jphc", f"{_JPEG}201")),
}
_MULTIPART: Final = frozenset({"", "multipart/related"})


class _Offer(NamedTuple):
    """A form of the answer: ``media`` of its frames, or of the one that it is; ``default`` is the
    syntax that the media type means where none is named."""

    media: str
    default: str
    multipart: bool


@frozen
class FramesAnswer:
    """Answer 200: ``wanted`` says where each frame of the body stands in the object that has
    ``size`` bytes from ``offset`` on of the object ``key``; empty for that object itself. The body
    has ``heads[i]`` before frame i."""

    content_type: str
    key: str
    instance: CachedInstance
    wanted: Frames
    heads: tuple[bytes, ...]
    tail: bytes

    def body(self, read: Callable[[str, int, int], bytes | None]) -> bytes:
        """The body; ``read(key, offset, size)`` is ``CacheStore.get_range``.

        The bytes of a small object are held against its hash; of a large one, of which the index
        has no hash of a frame, the wanted ones alone are read. Raises StorageUnavailable when
        something is gone or is not what was stored.
        """
        one, made = self.instance, bytearray()
        whole = self._whole(read) if one.size <= DIRECT_LIMIT else None
        for head, frame in zip(self.heads, self.wanted or ((0, one.size),), strict=True):
            made += head
            for at, size in _pieces(frame):
                found = (
                    read(self.key, one.offset + at, size)
                    if whole is None
                    else whole[at : at + size]
                )
                if found is None or len(found) != size:
                    raise StorageUnavailable("a frame of a cached object is gone")
                made += found
        return bytes(made + self.tail)

    def _whole(self, read: Callable[[str, int, int], bytes | None]) -> bytes:
        one = self.instance
        data = read(self.key, one.offset, one.size)
        if data is None or hashlib.sha256(data).hexdigest() != one.sha256:
            raise StorageUnavailable("a cached object is not what was stored")
        return data


def read_frame_list(text: str) -> tuple[int, ...]:
    """The frame numbers of the path, from 1 on; BadRequest for another text, or too many."""
    if len(text) > 8 * MOST_FRAMES or not _LIST.fullmatch(text):
        raise BadRequest("frames")
    numbers = tuple(map(int, text.split(",")))
    if len(numbers) > MOST_FRAMES:
        raise BadRequest("frames")
    return numbers


def decide_frames(
    current: Manifest | None,
    target: Target,
    index_of: Callable[[SeriesKeys], CachedSeries | None],
    *,
    numbers: Sequence[int],
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
    notes: int = 0,
) -> FramesAnswer:
    """Decide the answer for the frames ``numbers`` of the target, an object; the other arguments
    and the errors are those of :func:`retrieve.decide`. Absent also for a frame that the object has
    not; NotAcceptable also where nobody can tell where its frames begin; TooLarge for more than
    DIRECT_LIMIT bytes: the object itself may be asked for.
    """
    ranges = required_ranges(accept)
    (keys,) = require_named(current, target, kos_sop_instance_uid, notes)
    series = ready(index_of(keys))
    one = held_instance(series, target.sop_instance_uid or "")
    if one.frames is None:
        raise NotAcceptable("the frames of this object cannot be told apart")
    if max(numbers) > len(one.frames):
        raise Absent("the object has no such frame")
    is_whole = [*numbers] == [*range(1, len(one.frames) + 1)]
    offer = _chosen(ranges, one.transfer_syntax, single=len(numbers) == 1, whole=is_whole)
    wanted = () if offer.media == DICOM else tuple(one.frames[number - 1] for number in numbers)
    return _answer(keys, series, one, offer, wanted)


def _answer(
    keys: SeriesKeys, series: CachedSeries, one: CachedInstance, offer: _Offer, wanted: Frames
) -> FramesAnswer:
    sizes = [sum(size for _, size in _pieces(frame)) for frame in wanted] or [one.size]
    heads: tuple[bytes, ...] = (b"",)
    tail, content_type, total = (
        b"",
        f"{offer.media};transfer-syntax={one.transfer_syntax}",
        sum(sizes),
    )
    if offer.multipart:
        layout = lay_out(
            boundary_for(keys.instance(one.sop_instance_uid), offer.media, repr(wanted)),
            [Item(size, one.transfer_syntax, offer.media) for size in sizes],
        )
        heads, tail, content_type, total = (
            layout.heads,
            layout.tail,
            layout.content_type,
            layout.size,
        )
    if total > DIRECT_LIMIT:
        raise TooLarge("the frames are too large for one answer: ask for fewer, or for the object")
    return FramesAnswer(content_type, series.body_under(keys), one, wanted, heads, tail)


def _pieces(frame: Sequence[int]) -> list[tuple[int, int]]:
    return [*zip(frame[::2], frame[1::2], strict=True)]


def _chosen(ranges: Sequence[Range], syntax: str, *, single: bool, whole: bool) -> _Offer:
    """The form that is liked most, the first among equals. Raises NotAcceptable."""
    media, default = _MEDIA.get(syntax, (OCTETS, EXPLICIT_VR_LITTLE_ENDIAN))
    kinds = [(media, default)]
    if media != OCTETS:
        # Many clients name the syntax alone, and take its frames as octets.
        kinds.append((OCTETS, EXPLICIT_VR_LITTLE_ENDIAN))
    if whole:
        kinds.append((DICOM, EXPLICIT_VR_LITTLE_ENDIAN))
    offers = [_Offer(*kind, multipart=True) for kind in kinds]
    if single:
        offers += [_Offer(*kind, multipart=False) for kind in kinds]
    rated = [(_quality(ranges, offer, syntax), offer) for offer in offers]
    quality, best = max(rated, key=lambda one: one[0])
    if not quality:
        raise NotAcceptable("no form in which the frames can be sent is acceptable")
    return best


def _quality(ranges: Sequence[Range], offer: _Offer, syntax: str) -> float:
    """The quality that the most specific ranges give; 0 when one forbids it (RFC 9110 12.5.1)."""
    return most_specific(
        ((named, found), one.quality)
        for one in ranges
        if (named := _names(one, offer))
        and (found := rank(one.parameters.get("transfer-syntax", ""), syntax, offer.default))
    )


def _names(one: Range, offer: _Offer) -> int:
    """How precisely a range names the media type: 4 itself, 3 a body of any type, 2 and 1 by
    wildcards, 0 not at all."""
    if one.name == "*/*":
        return 1
    if not offer.multipart:
        return {offer.media: 4, f"{offer.media.partition('/')[0]}/*": 2}.get(one.name, 0)
    if one.name in _MULTIPART:
        kind = one.parameters.get("type", "").lower()
        return {offer.media: 4, "": 3}.get(kind, 0)
    return 2 if one.name == "multipart/*" else 0
