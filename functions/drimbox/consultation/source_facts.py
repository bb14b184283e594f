"""The facts of a page's sources, kept for its session: a manifest is read once, not at each look.

They are sealed, since the numbers of images are the patient's; their key is a hash of page and
session together, so that another session finds nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.drimbox.consultation.exam_images import Content
from functions.drimbox.consultation.sealed_store import SealedStore
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.consultation.sealed_store import TextStore
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.ports import Clock


@frozen
class Place:
    """The DRIMbox of an establishment, as its exam ``manifest`` (an identifier) said ``at`` that
    time; None when the manifest could not be had, or gave no address. ``turn``: the exams of the
    establishment whose manifests gave none before.
    """

    address: SourceAddress | None
    at: datetime
    manifest: str = ""
    turn: int = 0


@frozen
class OwnImages:
    """Whether all images of an exam of this site are in its cache, seen ``at`` that time."""

    ready: bool
    at: datetime


@frozen
class SourceFacts:
    """``places`` by establishment, ``contents`` of exams and ``own`` by manifest."""

    places: Mapping[str, Place] = field(default_factory=dict)
    contents: Mapping[str, Content] = field(default_factory=dict)
    own: Mapping[str, OwnImages] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"SourceFacts({len(self.places)} places)"


@frozen
class SourceMemory:
    """The facts of one page in one session: ``key`` is :func:`key_of` them.

    ``unguessable`` gives 32 random bytes in base64url.
    """

    store: TextStore
    clock: Clock
    unguessable: Callable[[], str]
    seal: Seal
    key: str

    @property
    def _sealed(self) -> SealedStore:
        return SealedStore(self.store, self.clock, self.unguessable, self.seal)

    def get(self) -> SourceFacts:
        """The facts; none before the first look."""
        content = self._sealed.get(self.key)
        return SourceFacts() if content is None else _decode(json.loads(content))

    def put(self, facts: SourceFacts) -> None:
        """Replace the facts: of two looks at once the later one's stay."""
        self._sealed.put(self.key, json.dumps(_encode(facts)).encode())


def key_of(page: str, session: str, given_at: str = "") -> str:
    """The key of a page's facts in a session, the value of whose cookie is ``session``.

    ``given_at``: the time of the file whose exams they are of, "" for those of the DMP's list: an
    unsigned file's words stand beside no exam of the DMP.
    """
    given = [given_at] if given_at else []
    named = "\0".join((page, session, *given)).encode()
    return f"sources#{hashlib.sha256(named).hexdigest()}"


def _encode(facts: SourceFacts) -> dict[str, Any]:
    return {
        "places": {
            name: [
                one.at.isoformat(),
                one.address and [one.address.host, one.address.port, one.address.prefix],
                one.manifest,
                one.turn,
            ]
            for name, one in facts.places.items()
        },
        "contents": {
            name: [one.key_images, one.series, one.images] for name, one in facts.contents.items()
        },
        "own": {name: [one.ready, one.at.isoformat()] for name, one in facts.own.items()},
    }


def _decode(kept: Mapping[str, Any]) -> SourceFacts:
    return SourceFacts(
        {
            name: Place(address and SourceAddress(*address), datetime.fromisoformat(at), *rest)
            for name, (at, address, *rest) in kept["places"].items()
        },
        # A record that was written before contents were kept has none.
        {name: Content(*one) for name, one in kept.get("contents", {}).items()},
        {
            name: OwnImages(ready, datetime.fromisoformat(at))
            for name, (ready, at) in kept["own"].items()
        },
    )
