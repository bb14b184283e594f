"""The state of the images of one exam on a professional's list."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.manifest.read import Manifest

# Modalities of objects that accompany images and are none (PS3.3 C.7.3.1.1.1).
NO_IMAGES: Final = frozenset({"DOC", "FID", "KO", "PLAN", "PR", "REG", "SEG", "SR"})


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
class Content:
    """The content of an exam as its manifest tells it. ``images`` counts frames: an object that
    says nothing of frames is one.
    """

    key_images: int
    series: int
    images: int


def content_of(manifest: Manifest) -> Content:
    """The content; series that accompany images do not count."""
    shown = [one for one in manifest.series if one.modality not in NO_IMAGES]
    images = sum(max(1, of.number_of_frames or 1) for one in shown for of in one.instances)
    return Content(manifest.key_images, len(shown), images)


@frozen
class ExamSource:
    """One exam of the page's list: ``number`` there, its establishment's name, its images.

    ``since``: when the site's state began, None for a state that is not the site's. ``content``
    None where the manifest was not read. ``usual``: the state is that of the address that another
    exam of the establishment named.
    """

    number: int
    establishment: str
    images: Images
    since: datetime | None = None
    content: Content | None = None
    usual: bool = False
