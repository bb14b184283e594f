"""The answer to a search within a study (QIDO-RS, PS3.18 10.6): the series or objects that the
manifest in force names, and no other, from the cache alone.

Counts are those of the manifest too: nobody learns how many objects the site has besides.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import urlsplit

from functions.drimbox.errors import StorageUnavailable, TooLarge
from functions.drimbox.images.cache import DIRECT_LIMIT
from functions.drimbox.images.retrieve import ready, require_named
from functions.drimbox.images.retrieve_metadata import require_form
from functions.drimbox.images.search_attributes import (
    AVAILABILITY,
    BY_LEVEL,
    CLASS_UID,
    CLASSES,
    INSTANCE_UID,
    INSTANCES_OF_SERIES,
    INSTANCES_OF_STUDY,
    MODALITIES,
    MODALITY,
    RETRIEVE_URL,
    SERIES_OF_STUDY,
    SERIES_UID,
    STUDY_UID,
)
from functions.drimbox.images.search_query import Query, read_query
from functions.drimbox.images.stored_metadata import attributes, lines, packed, stored_series
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from functions.drimbox.images.cache import CachedSeries
    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.retrieve import Target
    from functions.drimbox.images.search_attributes import Attribute, Level
    from functions.drimbox.images.stored_metadata import Read, StoredSeries
    from functions.drimbox.manifest.read import Manifest, ManifestSeries
    from functions.drimbox.oid import Uid

_FUZZY: Final = (
    "The fuzzymatching parameter is not supported. Only literal matching has been performed."
)
_MORE: Final = "There are {} additional results that can be requested"
_SEPARATOR: Final = b",\n"


@frozen
class Page:
    """One page of results: ``body`` is a JSON array, empty without any (204). ``warnings`` are the
    values of the header ``Warning`` (PS3.18 8.3.4)."""

    body: bytes
    warnings: tuple[str, ...]


class _Entity(NamedTuple):
    """Something that may be a result: ``computed`` are the attributes that the manifest gives, the
    others stand in the line of the object ``uid``."""

    line: bytes
    uid: str
    computed: Attributes

    def known(self) -> Attributes:
        return {**attributes(self.line, self.uid), **self.computed}


@frozen
class Search:
    """Answer 200 or 204: the results of ``query`` about the study, of which ``named`` are the
    series in question, as the manifest has them, and ``stored`` the metadata of these."""

    content_type: str
    query: Query
    study_instance_uid: Uid
    named: tuple[ManifestSeries, ...]
    stored: tuple[StoredSeries, ...]

    def page(self, read: Read) -> Page:
        """The wanted page, as far as it fits into DIRECT_LIMIT bytes; ``read(key)`` is
        ``CacheStore.get``.

        Raises TooLarge for a result that does not fit alone; StorageUnavailable where something is
        gone, or is not what was stored.
        """
        query, rows, size, matched, is_full = self.query, list[bytes](), 0, 0, False
        for one in self._entities(read):
            if not self._matches(one):
                continue
            matched += 1
            if matched <= query.offset or is_full or len(rows) == query.limit:
                continue
            row = _text(self._row(one.known()))
            size += len(row) + len(_SEPARATOR)
            is_full = size > DIRECT_LIMIT
            if not is_full:
                rows.append(row)
        if is_full and not rows:
            raise TooLarge("a result is too large for one answer: ask for fewer attributes")
        body = b"[" + _SEPARATOR.join(rows) + b"]" if rows else b""
        left = max(matched - query.offset, 0) - len(rows)
        return Page(body, tuple(self._warnings(left)))

    def _warnings(self, left: int) -> Iterator[str]:
        service = urlsplit(self.named[0].retrieve_url).netloc or "-"
        if self.query.fuzzy:
            yield f'299 {service} "{_FUZZY}"'
        if left:
            yield f'299 {service} "{_MORE.format(left)}"'

    def _entities(self, read: Read) -> Iterator[_Entity]:
        level, firsts = self.query.levels[-1], list[_Entity]()
        for stored, named in zip(self.stored, self.named, strict=True):
            found = lines(stored, packed(stored, read))
            of_series = self._of_series(named)
            if level != "instance":
                firsts.append(_Entity(found[0], stored.objects[0], of_series))
                continue
            around = of_series if "series" in self.query.levels else {}
            classes: dict[str, str] = {
                one.sop_instance_uid: one.sop_class_uid for one in named.instances
            }
            for line, uid in zip(found, stored.objects, strict=True):
                made = {**around, **self._of_instance(named, uid, classes.get(uid))}
                yield _Entity(line, uid, made)

        yield from [self._study(firsts)] if level == "study" else firsts

    def _study(self, firsts: Sequence[_Entity]) -> _Entity:
        """The study, by the first object of each series: our manifests tell no modality."""
        modalities = {value for one in firsts for value in _texts(one.known(), MODALITY)}
        objects = [instance for one in self.named for instance in one.instances]
        made = {
            STUDY_UID: _value("UI", self.study_instance_uid),
            AVAILABILITY: _value("CS", "ONLINE"),
            MODALITIES: _value("CS", *sorted(modalities)),
            CLASSES: _value("UI", *sorted({one.sop_class_uid for one in objects})),
            SERIES_OF_STUDY: _value("IS", len(self.named)),
            INSTANCES_OF_STUDY: _value("IS", len(objects)),
            **_place(self.named[0].retrieve_url.partition("/series/")[0]),
        }
        return firsts[0]._replace(computed=made)

    def _of_series(self, named: ManifestSeries) -> Attributes:
        return {
            STUDY_UID: _value("UI", self.study_instance_uid),
            SERIES_UID: _value("UI", named.series_instance_uid),
            INSTANCES_OF_SERIES: _value("IS", len(named.instances)),
            **_place(named.retrieve_url),
        }

    def _of_instance(self, named: ManifestSeries, uid: str, sop_class: str | None) -> Attributes:
        if sop_class is None:
            raise StorageUnavailable("a cached series has an object that its manifest lacks")
        url = named.retrieve_url
        return {
            STUDY_UID: _value("UI", self.study_instance_uid),
            SERIES_UID: _value("UI", named.series_instance_uid),
            INSTANCE_UID: _value("UI", uid),
            CLASS_UID: _value("UI", sop_class),
            AVAILABILITY: _value("CS", "ONLINE"),
            **_place(f"{url}/instances/{uid}" if url else ""),
        }

    def _matches(self, one: _Entity) -> bool:
        """Whether each key allows it; the line is read where the manifest does not know enough."""
        rest = [key for key in self.query.keys if key.tag not in one.computed]
        by_manifest = [key for key in self.query.keys if key.tag in one.computed]
        if not all(key.allows(one.computed) for key in by_manifest):
            return False
        known = one.known() if rest else {}
        return all(key.allows(known) for key in rest)

    def _row(self, known: Attributes) -> Attributes:
        query = self.query
        if query.everything and query.levels[-1] == "instance":
            return known
        asked = query.asked | {key.tag for key in query.keys}
        row = {}
        for one in self._given():
            is_asked = query.everything or one.tag in asked
            if one.tag in known and (one.returned != "asked" or is_asked):
                row[one.tag] = known[one.tag]
            elif one.returned == "always":
                row[one.tag] = {"vr": one.vr}
        if query.levels[-1] == "instance":
            row |= {tag: known[tag] for tag in asked if tag in known}
        return row

    def _given(self) -> Iterator[Attribute]:
        """The attributes of the levels of the question; those of the study beside a series only
        where they are asked for."""
        for level in self.query.levels:
            yield from BY_LEVEL[level]
        if self.query.levels == ("series",):
            for one in BY_LEVEL["study"]:
                if one.tag in self.query.asked:
                    yield one._replace(returned="there")


def decide_search(
    current: Manifest | None,
    target: Target,
    index_of: Callable[[SeriesKeys], CachedSeries | None],
    *,
    levels: tuple[Level, ...],
    parameters: Mapping[str, Sequence[str]],
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
    notes: int = 0,
) -> Search:
    """Decide the answer to a search within the target: a study, or a series of it.

    ``levels`` are those of the attributes that may be matched, the last one that of the results;
    ``parameters`` are those of the address, each with its values in order. The other arguments and
    the errors are those of :func:`retrieve.decide`, but that without Accept the answer is DICOM
    JSON, and that TooLarge comes with the page. BadRequest also for a question that we cannot
    answer as a whole.
    """
    form = require_form(accept)
    query = read_query(levels, parameters)
    named = require_named(current, target, kos_sop_instance_uid, notes)
    stored = tuple(stored_series(keys, ready(index_of(keys))) for keys in named)
    manifest = cast("Manifest", current)  # else nothing was named
    by_uid = {one.series_instance_uid: one for one in manifest.series}
    series = tuple(by_uid[keys.series_instance_uid] for keys in named)
    return Search(form, query, manifest.study_instance_uid, series, stored)


def _value(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": [*values]} if values else {"vr": vr}


def _texts(known: Attributes, tag: str) -> list[str]:
    """The texts among the values: an object may have anything there."""
    values = known.get(tag, {}).get("Value", ())
    return [one for one in values if isinstance(one, str)]


def _place(url: str) -> Attributes:
    return {RETRIEVE_URL: _value("UR", url)} if url else {}


def _text(row: Attributes) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
