"""The state of the images of one exam on a professional's list."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime


class Images(StrEnum):
    """The state of an exam's images.

    The first five are the site's (:class:`functions.drimbox.peers.source_states.SourceState`).
    ``CHECKING``: nobody has asked yet. ``UNLISTED``: the white list does not name the site's host.
    ``UNREAD``: the exam's manifest could not be had, or names no site. ``UNTRUSTED``: no white list
    holds, so that no site is asked. ``OWN`` and ``OWN_READY``: of this site.
    """

    READY = "ready"
    NOT_READY = "not_ready"
    UNTOLD = "untold"
    ODD = "odd"
    SILENT = "silent"
    CHECKING = "checking"
    UNLISTED = "unlisted"
    UNREAD = "unread"
    UNTRUSTED = "untrusted"
    OWN = "own"
    OWN_READY = "own_ready"


@frozen
class ExamSource:
    """One exam of the page's list: ``number`` there, its establishment's name, its images.

    ``since``: when the site's state began, None for a state that is not the site's. ``key_images``
    None where the manifest was not read. ``usual``: the state is that of the address that another
    exam of the establishment named.
    """

    number: int
    establishment: str
    images: Images
    since: datetime | None = None
    key_images: int | None = None
    usual: bool = False
