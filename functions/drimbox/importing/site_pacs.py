"""The site's PACS as an import needs it: asked through the tenant's circuits (decision 0039)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.importing import stow
from functions.drimbox.publication.asking_pacs import asking_pacs
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from functions.drimbox.breaker import Breaker
    from functions.drimbox.importing.outgoing import Outgoing, Part, Stored
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Pacs
    from functions.drimbox.study.index import StudyIndex

# A PACS that stores nothing, its disk full, still answers publications and viewers.
IMPORTS: Final = "pacs/imports"


@frozen
class SitePacs:
    """Implements ``sending.PacsStore``: ``pacs`` answers questions, ``store_url`` takes objects."""

    pacs: Pacs
    client: httpx.Client
    store_url: str
    breaker: Breaker

    def require_answered(self, job: str) -> None:
        """See ``sending.PacsStore``: a PACS that is asked directly answers at once."""

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``."""
        with asking_pacs(self.breaker, study_instance_uid):
            return self.pacs.find_study(study_instance_uid)

    def told(self, part: Part) -> dict[Uid, Stored] | None:  # noqa: ARG002
        """See ``sending.PacsStore``: nothing of an earlier call is known."""
        return None

    def store(self, part: Part, objects: Sequence[Outgoing]) -> dict[Uid, Stored]:
        """See ``stow.store``."""
        with asking_pacs(self.breaker, part.study, IMPORTS):
            return stow.store(self.client, self.store_url, part.study, objects)

    def clear(self, folder: str) -> None:
        """See ``sending.PacsStore``: nothing is laid on its way."""
