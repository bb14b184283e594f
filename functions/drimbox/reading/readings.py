"""The exams that pages opened, kept for the functions that fetch them: sealed, for the session.

An execution that fetches an exam is given its page and its name alone. The record under these two
tells the rest: the session in which the professional opened it, and its place in the page's list.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, field
from typing import TYPE_CHECKING

from functions.drimbox.tenants.model import ImageQuality
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.sealed_store import SealedStore


@frozen
class Opened:
    """``session`` is the cookie's value; ``edition`` and ``number`` name the exam in a list of the
    page.

    ``runs``: how often its fetching was started. ``renewed``: the DMP was asked once more, since
    the site did not know the manifest. ``own``: it is read from our own cache, nothing is fetched.
    ``quality``: the images that its site is asked for. ``ahead``: it is fetched before anybody has
    opened it, and shown to nobody until then.
    """

    session: str = field(repr=False)
    edition: str
    number: int
    runs: int = 1
    renewed: bool = False
    own: bool = False
    quality: ImageQuality = ImageQuality.LOSSLESS
    ahead: bool = False


@frozen
class Readings:
    """The opened exams of one tenant."""

    sealed: SealedStore

    def keep(self, page: str, exam: str, opened: Opened) -> None:
        """Keep the exam of that name as opened in ``page``, in the place of the former record."""
        self.sealed.put(_key(page, exam), json.dumps(asdict(opened)).encode())

    def get(self, page: str, exam: str) -> Opened | None:
        """The opened exam; None for one that the page did not open."""
        content = self.sealed.get(_key(page, exam))
        if content is None:
            return None
        facts = json.loads(content)
        # A record of the release before has neither of the last two.
        return Opened(**{**facts, "quality": ImageQuality(facts.get("quality", "lossless"))})

    def claim_ahead(self, page: str) -> bool:
        """Whether an exam may be fetched ahead for ``page``: True once. Two who ask at the very
        same time may both hear so."""
        key = f"ahead#{hashlib.sha256(page.encode()).hexdigest()}"
        if self.sealed.get(key) is not None:
            return False
        self.sealed.put(key, b"1")
        return True


def _key(page: str, exam: str) -> str:
    return f"reading#{hashlib.sha256(f'{page}{chr(0)}{exam}'.encode()).hexdigest()}"
