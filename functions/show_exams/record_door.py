"""The way to a patient's DMP: asked once for a page, kept for minutes, asked anew in doubt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from functions.aws import logging, requests
from functions.aws.reading_pages import PAGES
from functions.drimbox.audited import audited
from functions.drimbox.consultation import record_access, situations
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.errors import (
    ConfigurationError,
    Forbidden,
    StorageUnavailable,
    Transient,
)

if TYPE_CHECKING:
    from functions.aws import entry
    from functions.aws.readers import Reader
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.record_access import RecordAccess
    from functions.drimbox.consultation.situations import Situation
    from functions.show_exams.settings import Settings

_NOTE: Final = "access"


@dataclass
class RecordDoor:
    """One look of a reader, in one situation, at the patient of a bound page."""

    event: entry.Event
    reader: Reader[Settings]
    context: CallContext
    situation: Situation
    page: str
    _is_kept: bool = field(default=False, init=False)

    def access(self) -> RecordAccess:
        """The answer that this session's page keeps, else the DMP's of now (TD0.2).

        Raises Forbidden, ConfigurationError, DmpUnavailable.
        """
        contexts, session = self.reader.stores.contexts, PAGES.session_identifier(self.event)
        now, noted = self.reader.stores.clock.now(), ""
        with suppress(StorageUnavailable):
            noted = contexts.noted(self.page, session, _NOTE)
        kept = record_access.read(noted, self.situation, now)
        self._is_kept = kept is not None
        return kept or self._asked()

    def after_refusal(self) -> RecordAccess | None:
        """The DMP's answer of now, after it refused a query that was asked on a kept one; None
        where it was of now already, or where it gives none.
        """
        if not self._is_kept:
            return None
        try:
            return self._asked()
        except (Forbidden, Transient, ConfigurationError) as error:
            logging.warning("record not read", code=error.code)
            return None

    def asked_anew(self) -> RecordAccess:
        """The DMP's answer of now, whatever is kept. Raises as :meth:`access`."""
        return self._asked()

    def _asked(self) -> RecordAccess:
        """The DMP's answer, kept if it opens; one audit record of the question (EX_AIR-090)."""
        reader, stores, context = self.reader, self.reader.stores, self.context
        session = PAGES.session_identifier(self.event)
        key, who = requests.request_id(self.event), reader.facts.subject_name_id
        with audited(stores.audit, "record.asked", key=key, who=who) as audit:
            audit.facts["ins"] = context.ins.value
            acting = situations.acting_in(reader.professional, self.situation)
            connect = stores.dmp_for_professionals
            with stores.outcomes.noting(Asked.DMP):
                found = record_access.ask(stores.tenant, acting, context, connect, audit.facts)
        text = record_access.write(found, self.situation, stores.clock.now())
        if text or self._is_kept:
            # The answer stands, kept or not: the next look asks anew, or the DMP refuses it.
            with suppress(StorageUnavailable):
                stores.contexts.note(self.page, session, _NOTE, text)
        return found
