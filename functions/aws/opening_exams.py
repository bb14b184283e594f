"""The opening of an exam that a request names: audited, then read here or fetched from its site."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from functions.aws import logging
from functions.drimbox.audited import audited
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.find_exams import opened
from functions.drimbox.consultation.outcomes import Asked as Service
from functions.drimbox.errors import (
    Absent,
    ConfigurationError,
    DocumentUnusable,
    Forbidden,
    Transient,
)
from functions.drimbox.reading import opening, source_manifest
from functions.drimbox.reading.readings import Opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.aws.asked_exams import Asked
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import DmpSession
    from functions.drimbox.tenants.model import ImageQuality

# Errors after which nothing of an exam can be had, and other exams can.
NOT_OPENED: Final = (DocumentUnusable, Absent, Forbidden, Transient, ConfigurationError)


def open_one(
    request: Asked[Any],
    number: int,
    key: str,
    quality: ImageQuality,
    *,
    own: Callable[[], bool],
) -> str:
    """Open one exam; the code of the error for which nothing of it can be had, "" for none.

    ``quality``: the images that its site is asked for. ``own`` tells whether it is read from our
    own cache, and raises where it may not be opened. ``key`` is that of the audit record, which
    names the reader, the patient, the exam and its establishment.
    """
    entry_of, reader = request.exams[number], request.reader
    facts = facts_of(request.context, entry_of)
    anew = Opened(request.session, request.edition, number, quality=quality)
    who = reader.facts.subject_name_id
    try:
        with audited(reader.stores.audit, "exam.opened", key=key, who=who, facts=facts) as record:
            if own():
                opening.open_own(reader.stores.shelf, request.page, anew, entry_of)
            else:
                _begin(request, anew, partial(_manifest, request, entry_of, record.facts))
    except NOT_OPENED as error:
        logging.warning("exam not opened", code=error.code)
        return error.code
    return ""


def facts_of(context: CallContext, entry_of: DocumentEntry) -> dict[str, str]:
    """The patient and the exam, for an audit record."""
    return {
        "ins": context.ins.value,
        "study_instance_uid": entry_of.study_instance_uid,
        "manifest_uid": entry_of.unique_id,
        "establishment": entry_of.establishment[0],
        **({"outside": entry_of.given_at} if entry_of.given_at else {}),
    }


def dmp_of(request: Asked[Any], facts: dict[str, str]) -> DmpSession:
    """The DMP in the professional's name; ``facts`` of the audit record gain its structure."""
    stores = request.reader.stores
    acting = situations.acting_in(request.reader.professional, request.situation)
    connect = stores.dmp_for_professionals
    return opened(stores.tenant, acting, request.context.ins, connect, facts)


def _begin(request: Asked[Any], anew: Opened, fetch: Callable[[], bytes]) -> None:
    stores, entry_of = request.reader.stores, request.exams[anew.number]
    shelf = stores.shelf
    reading = opening.reading_of(shelf, request.page, anew, entry_of, request.context)
    opening.open_exam(shelf, reading, fetch, stores.fetches)


def _manifest(request: Asked[Any], entry_of: DocumentEntry, facts: dict[str, str]) -> bytes:
    stores = request.reader.stores
    if entry_of.given_at:
        data: bytes | None = stores.given_files.manifest(request.page, request.session, entry_of)
        if data is None:
            raise Absent("document")
        return data
    noting = partial(stores.outcomes.noting, Service.DMP)
    return source_manifest.fetch(dmp_of(request, facts), entry_of, noting=noting)
