"""The images of a page's exams: where they are, and whether their site can give them now.

The DMP's entries do not name the site's DRIMbox; the manifests do. One manifest of each
establishment is read (TD3.2), its host compared with the white list, and its health asked. Nothing
here opens an exam, and no token leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.consultation.exam_images import Content, ExamSource, Images, content_of
from functions.drimbox.consultation.source_facts import OwnImages, Place, SourceFacts
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import is_retrievable
from functions.drimbox.errors import StorageUnavailable, WhiteListUnusable
from functions.drimbox.manifest.read import Manifest, ManifestUnreadable, read
from functions.drimbox.peers.kept import white_list_at
from functions.drimbox.peers.reachable import is_listed
from functions.drimbox.peers.source_address import SourceAddress, address_of
from functions.drimbox.peers.source_states import (
    KEPT,
    KeptState,
    Probe,
    SourceState,
    fresh_states,
    known_states,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.peers.kept import WhiteListStore
    from functions.drimbox.peers.source_states import StateStore
    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Clock

# The address that a manifest gave is read again after this time; a manifest that could not be had
# is asked for again as soon as a site is. Own images that are not ready are looked at again as
# soon, the others a little later: the cache may have given them up.
_KNOWN: Final = timedelta(minutes=10)
# A person who asks for another look gets one: nothing but a state of this age is told again.
PRESSED: Final = timedelta(seconds=10)
_OWN_READY: Final = timedelta(minutes=4)
# Manifests asked for, and own exams looked at, in one look: the others are for the next one.
AT_ONCE: Final = 8
# States that an address tells.
_OF_ADDRESS: Final = frozenset({*(Images(one) for one in SourceState), Images.UNLISTED})
# Exams of one look: those of a page of the list, and two that its first page compares.
MOST: Final = 102


class Memory(Protocol):
    """The facts of one page; raises StorageUnavailable."""

    def get(self) -> SourceFacts:
        """The facts; none before the first look."""
        ...

    def put(self, facts: SourceFacts) -> None:
        """Replace the facts."""
        ...


@frozen
class KnownDesk:
    """Everything that tells the known states, for one page of one session.

    ``is_own`` knows an establishment's identifier.
    """

    is_own: Callable[[str], bool]
    memory: Memory
    white_list: WhiteListStore
    states: StateStore
    clock: Clock
    private_hosts: Collection[str] = ()


@frozen
class SourcesDesk:
    """Everything that a look needs besides.

    ``fetch`` gives the manifests' bytes by their unique identifiers, without those that could not
    be had. ``own_images`` tells of an exam of this site whether its images are ready, and its
    content (None: unknown).
    """

    known: KnownDesk
    fetch: Callable[[Sequence[DocumentEntry]], Mapping[str, bytes]]
    own_images: Callable[[DocumentEntry], tuple[bool, Content | None]]
    probe: Probe


Exams = Mapping[int, DocumentEntry]
"""Exams by their number in the page's list."""


def known(desk: KnownDesk, exams: Exams) -> tuple[ExamSource, ...]:
    """The states that are known already: nobody is asked. Raises StorageUnavailable."""
    facts, at = desk.memory.get(), desk.clock.now()
    listed = _white_list(desk)
    asked = _askable(facts, desk, listed)
    return _told(desk, exams, facts, (listed, known_states(asked, desk.states, at)))


def known_or_checking(desk: KnownDesk, exams: Exams) -> tuple[ExamSource, ...]:
    """The same for a page that must not fail of it: where our own storage fails, the states are
    those before the first look.
    """
    try:
        return known(desk, exams)
    except StorageUnavailable:
        return tuple(
            ExamSource(
                number,
                entry.establishment[1],
                Images.OWN if _is_own(desk, entry) else Images.CHECKING,
            )
            for number, entry in exams.items()
        )


def look(desk: SourcesDesk, exams: Exams, *, recent: timedelta = KEPT) -> tuple[ExamSource, ...]:
    """The states now: manifests and sites are asked, as far as one look goes. Nobody is asked
    again about a state that is younger than ``recent``.

    Raises StorageUnavailable. Without a white list that holds neither is asked.
    """
    seen = desk.known
    before, listed = seen.memory.get(), _white_list(seen)
    facts = _with_own(desk, exams.values(), before, recent)
    if listed is not None:
        facts = _with_places(desk, exams.values(), facts, recent)
    if facts != before:
        seen.memory.put(facts)
    asked = _askable(facts, seen, listed)
    states = {}
    if asked:
        states = fresh_states(asked, seen.states, seen.clock, desk.probe, kept_for=recent)
    return _told(seen, exams, facts, (listed, states))


def is_checking(sources: Iterable[ExamSource]) -> bool:
    """Whether another look would tell more."""
    return any(one.images is Images.CHECKING for one in sources)


def _place_of(entry: DocumentEntry) -> str:
    """Two exams of one place are served by one DRIMbox. One whose establishment has no identifier
    is alone: two establishments may have one name.
    """
    return entry.establishment[0] or entry.unique_id


def _white_list(desk: KnownDesk) -> WhiteList | None:
    try:
        return white_list_at(desk.white_list.get(), desk.clock.now())
    except WhiteListUnusable:
        return None


def _askable(
    facts: SourceFacts, desk: KnownDesk, white_list: WhiteList | None
) -> set[SourceAddress]:
    if white_list is None:
        return set()
    found = {one.address for one in facts.places.values() if one.address is not None}
    return {one for one in found if is_listed(one, white_list, desk.private_hosts)}


def _is_own(desk: KnownDesk, entry: DocumentEntry) -> bool:
    return desk.is_own(entry.establishment[0])


def _with_own(
    desk: SourcesDesk, exams: Iterable[DocumentEntry], facts: SourceFacts, recent: timedelta
) -> SourceFacts:
    at, own, contents = desk.known.clock.now(), dict(facts.own), dict(facts.contents)

    def is_due(entry: DocumentEntry) -> bool:
        seen = own.get(entry.unique_id)
        return seen is None or at - seen.at >= (_OWN_READY if seen.ready else recent)

    due = [one for one in exams if _is_own(desk.known, one) and is_due(one)]
    for entry in due[:AT_ONCE]:
        ready, content = desk.own_images(entry)
        own[entry.unique_id] = OwnImages(ready, at)
        if content is not None:
            contents[entry.unique_id] = content
    return replace(facts, own=own, contents=contents)


def _with_places(
    desk: SourcesDesk, exams: Iterable[DocumentEntry], facts: SourceFacts, recent: timedelta
) -> SourceFacts:
    at, places, contents = desk.known.clock.now(), dict(facts.places), dict(facts.contents)
    due: dict[str, list[DocumentEntry]] = {}
    for entry in exams:
        place = _place_of(entry)
        if not _is_own(desk.known, entry) and _place_is_due(places.get(place), at, recent):
            due.setdefault(place, []).append(entry)
    wanted = {
        place: _whose_turn(places.get(place), entries)
        for place, entries in list(due.items())[:AT_ONCE]
    }
    given = desk.fetch(tuple(wanted.values())) if wanted else {}
    for place, entry in wanted.items():
        manifest = _manifest(entry, given.get(entry.unique_id))
        address = None if manifest is None else address_of(manifest)
        turn = places[place].turn if place in places else 0
        turn += address is None
        places[place] = Place(address, at, entry.unique_id, turn)
        if manifest is not None:
            contents[entry.unique_id] = content_of(manifest)
    return replace(facts, places=places, contents=contents)


def _whose_turn(place: Place | None, entries: Sequence[DocumentEntry]) -> DocumentEntry:
    """The exam whose manifest is asked for: another one each time that one gave no address."""
    able = [one for one in entries if is_retrievable(one)] or entries
    return able[(place.turn if place else 0) % len(able)]


def _place_is_due(place: Place | None, at: datetime, recent: timedelta) -> bool:
    return place is None or at - place.at >= (recent if place.address is None else _KNOWN)


def _manifest(entry: DocumentEntry, data: bytes | None) -> Manifest | None:
    """The manifest of ``entry``; None for bytes that are not it."""
    if data is None:
        return None
    try:
        manifest = read(data)
    except ManifestUnreadable:
        return None
    return manifest if manifest.sop_instance_uid == entry.unique_id else None


def _told(
    desk: KnownDesk,
    exams: Exams,
    facts: SourceFacts,
    seen: tuple[WhiteList | None, Mapping[SourceAddress, KeptState]],
) -> tuple[ExamSource, ...]:
    found = []
    for number, entry in exams.items():
        usual = False
        if _is_own(desk, entry):
            own = facts.own.get(entry.unique_id)
            images, since = (Images.OWN_READY if own and own.ready else Images.OWN), None
        else:
            place = facts.places.get(_place_of(entry))
            images, since = _of_site(place, desk, *seen)
            usual = bool(place and place.address and place.manifest != entry.unique_id)
            usual = usual and images in _OF_ADDRESS
        content, name = facts.contents.get(entry.unique_id), entry.establishment[1]
        found.append(ExamSource(number, name, images, since, content, usual))
    return tuple(found)


def _of_site(
    place: Place | None,
    desk: KnownDesk,
    white_list: WhiteList | None,
    states: Mapping[SourceAddress, KeptState],
) -> tuple[Images, datetime | None]:
    if white_list is None:
        return Images.UNTRUSTED, None
    if place is None:
        return Images.CHECKING, None
    if place.address is None:
        return Images.UNREAD, None
    if not is_listed(place.address, white_list, desk.private_hosts):
        return Images.UNLISTED, None
    kept = states.get(place.address)
    if kept is None or kept.state is None:
        return Images.CHECKING, None
    return Images(kept.state), kept.since
