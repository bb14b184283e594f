"""The judgement whether a site may be asked for a series, and its address: before a token is read.

The manifest's address is a claim. A token goes to a host that the fresh, verified white list names,
whole, and to the very IP addresses that were judged public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.peers.reachable import NotAdmitted, Resolve, is_listed, judged_addresses
from functions.drimbox.peers.source_address import read_address
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection

    from functions.drimbox.manifest.read import ManifestSeries
    from functions.drimbox.oid import Uid
    from functions.drimbox.peers.source_address import SourceAddress
    from functions.drimbox.peers.white_list import WhiteList

_SCHEME: Final = "https://"


@frozen
class Place:
    """The place of one series: ``path`` is the manifest's own (RetrieveURL), never made anew."""

    address: SourceAddress
    ips: tuple[str, ...]
    path: str

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses to connect to, one after the other: the IP addresses that were judged."""
        literals = (f"[{ip}]" if ":" in ip else ip for ip in self.ips)
        return tuple(f"{_SCHEME}{one}:{self.address.port}" for one in literals)

    def instance(self, sop_instance_uid: Uid) -> str:
        """The path of one object of the series (PS3.18 10.4.1.1)."""
        return f"{self.path}/instances/{sop_instance_uid}"


def place_of(
    series: ManifestSeries,
    study_instance_uid: Uid,
    white_list: WhiteList | None,
    resolve: Resolve,
    private_hosts: Collection[str] = (),
) -> Place:
    """Where ``series`` of that study is asked for.

    Raises SiteFailed: ``UNTRUSTED`` without a white list that holds, ``UNLISTED`` for an address
    that may not be asked, ``ODD`` for one that is none or is another series'. A name that is not
    listed is never resolved.
    """
    if white_list is None:
        raise SiteFailed(Ended.UNTRUSTED, "no white list holds")
    address = read_address(series.retrieve_url)
    if address is None:
        raise SiteFailed(Ended.ODD, "RetrieveURL")
    if not is_listed(address, white_list, private_hosts):
        raise SiteFailed(Ended.UNLISTED, "the host is not listed")
    path = _path(series, study_instance_uid, address)
    try:
        ips = judged_addresses(address.host, resolve, private_hosts)
    except NotAdmitted:
        ips = ()
    if not ips:
        raise SiteFailed(Ended.UNLISTED, "the address is not public")
    return Place(address, ips, path)


def _path(series: ManifestSeries, study: Uid, address: SourceAddress) -> str:
    """The path of the series; a manifest may give its study's address alone."""
    whole = f"{address.prefix}/studies/{study}"
    of_series = f"{whole}/series/{series.series_instance_uid}"
    given = series.retrieve_url.removeprefix(_SCHEME).partition("/")[2]
    if f"/{given}" not in {whole, of_series}:
        raise SiteFailed(Ended.ODD, "RetrieveURL is another series'")
    return of_series
