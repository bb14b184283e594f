"""One series of an opened exam, from the judgement of its site to its last object."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from functions.drimbox.audited import audited
from functions.drimbox.images.display import drawn
from functions.drimbox.peers.source_address import read_address
from functions.drimbox.reading import fetching
from functions.drimbox.reading import have as index
from functions.drimbox.reading.accept_headers import ACCEPTS
from functions.drimbox.reading.asking import place_of
from functions.drimbox.reading.ended import SiteFailed
from functions.drimbox.reading.have import Have
from functions.drimbox.reading.packing import Desk
from functions.drimbox.reading.pixel_patient import compare
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from functions.drimbox.manifest.read import Manifest, ManifestSeries
    from functions.drimbox.oid import Uid
    from functions.drimbox.peers.reachable import Resolve
    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Audit
    from functions.drimbox.reading.asking import Place
    from functions.drimbox.reading.fetching import Waiting
    from functions.drimbox.reading.peer import Peer
    from functions.drimbox.reading.shelf import Reading, Shelf


@frozen
class Sites:
    """The other sites, as one function reaches them: ``white_list`` is the one that holds now, None
    without one; ``open_peer`` gives a site at a judged place, for a manifest, with a client of its
    own."""

    white_list: WhiteList | None
    resolve: Resolve
    private_hosts: Collection[str]
    open_peer: Callable[[Place, Uid], Peer]


@frozen
class Run:
    """One function's run: ``name`` is new each time, ``who`` the professional's identity."""

    name: str
    who: str
    audit: Audit
    spool: Path
    waiting: Waiting


def fetch(shelf: Shelf, sites: Sites, reading: Reading, place: int, run: Run) -> Have:
    """Fetch the series at that place of the exam's manifest; its index as it stands then.

    One audit record of each run names the professional, the patient, the exam and the site. Raises
    as ``fetching.fetch_series``; a place that the manifest does not have (any more) is fetched.
    """
    manifest = shelf.manifest(reading)
    if manifest is None or place >= len(manifest.series):
        return Have(0)
    series = manifest.series[place]
    address = read_address(series.retrieve_url)
    facts = {
        "ins": reading.context.ins.value,
        "study_instance_uid": str(manifest.study_instance_uid),
        "manifest_uid": str(manifest.sop_instance_uid),
        "site": "" if address is None else address.host,
    }
    key = f"{run.name}/{place}"
    with audited(run.audit, "series.fetched", key=key, who=run.who, facts=facts) as record:
        have = _fetch(shelf, sites, reading, (manifest, series), run)
        record.facts["objects"] = str(len(have.instances))
        record.facts["ended"] = str(have.ended or "")
    return have


def _fetch(
    shelf: Shelf,
    sites: Sites,
    reading: Reading,
    asked: tuple[Manifest, ManifestSeries],
    run: Run,
) -> Have:
    manifest, series = asked
    folder = shelf.folder(reading, manifest, series)
    study = manifest.study_instance_uid
    try:
        place = place_of(series, study, sites.white_list, sites.resolve, sites.private_hosts)
    except SiteFailed as failure:
        have = index.read(shelf.store, folder) or Have(len(series.instances))
        have = replace(have, ended=failure.ended)
        index.write(shelf.store, folder, have)
        return have
    desk = Desk(shelf.store, folder, run.name, partial(compare, context=reading.context), drawn)
    opened = sites.open_peer(place, manifest.sop_instance_uid)
    peer = replace(opened, accept=ACCEPTS[reading.opened.quality])
    with peer.client:
        return fetching.fetch_series(
            peer, desk, study, series, spool=run.spool, waiting=run.waiting
        )
