"""How the fetching of a series from its site ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Ended(StrEnum):
    """The end of a series; the value is what its index keeps.

    ``WHOLE``: every object that the manifest names is there. ``PART``: the site gives no more of
    them. ``STALE``: the site does not know the manifest; the DMP may have a newer one. ``LOST``: it
    does not, and the DMP gave no newer one now. ``GONE``: it has the images no more. ``REFUSED``:
    it denies the access. ``UNLISTED``: the white list does not name its host, or its address is not
    public: nobody is asked. ``UNTRUSTED``: no list holds. ``ODD``: its answer is none of a DRIMbox,
    or goes beyond what the manifest names. ``AWAY``: it cannot be reached, fails, is silent or too
    slow. ``DIFFERS``: the images are of another patient.
    """

    WHOLE = "whole"
    PART = "part"
    STALE = "stale"
    LOST = "lost"
    GONE = "gone"
    REFUSED = "refused"
    UNLISTED = "unlisted"
    UNTRUSTED = "untrusted"
    ODD = "odd"
    AWAY = "away"
    DIFFERS = "differs"


# Ends after which the same site may do better: a professional may ask again.
MAY_CHANGE: Final = frozenset(
    {Ended.UNTRUSTED, Ended.UNLISTED, Ended.AWAY, Ended.REFUSED, Ended.LOST, Ended.ODD}
)


class SiteFailed(Exception):
    """A request to a site that gave no, or not all, objects; ``ended`` says how it stands then.

    ``retry_after``: the site's own words, as it sent them. ``redirected``: it names another
    address, where nobody goes. The message holds nothing of the answer.
    """

    def __init__(
        self,
        ended: Ended,
        detail: str,
        *,
        retry_after: tuple[str, ...] = (),
        redirected: bool = False,
    ) -> None:
        super().__init__(detail)
        self.ended = ended
        self.retry_after = retry_after
        self.redirected = redirected
