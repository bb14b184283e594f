"""The two steps: both read the session, the context and the list's entry again."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from functions.aws.opened_reading import reading_of
from functions.aws.readers import Reader
from functions.aws.stores import UIDS, TenantStores, for_platform
from functions.drimbox.audited import audited
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.find_exams import opened as open_dmp
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.renewal import renewed
from functions.drimbox.errors import (
    Absent,
    ConfigurationError,
    DocumentUnusable,
    Forbidden,
    NotAuthenticated,
)
from functions.drimbox.reading import exam_series, planning, source_manifest
from functions.drimbox.reading.exam_series import Run
from functions.drimbox.reading.fetching import Waiting
from functions.drimbox.reading.planning import Outcome, Plan
from functions.drimbox.values import frozen
from functions.fetch_exam.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.reading.readings import Opened
    from functions.drimbox.reading.shelf import Reading

Stores = TenantStores[Settings]
# Seconds for which a step fetches; its function ends two minutes later.
SECONDS: Final = 780.0
_PAUSE: Final = 0.25
# A site checks the token by a question of its own, after it has judged the rest of the request.
_LEAST: Final = timedelta(seconds=30)


@frozen
class Counted:
    """The execution's own counts: ``rounds`` of fetching so far, and its ``run`` of the exam, None
    before the first plan."""

    rounds: int
    run: int | None


def planned(stores: Stores, page: str, exam: str, counted: Counted) -> dict[str, Any]:
    """The plan now; an exam of a session that has ended is erased.

    An execution ends without another act once a later one fetches the same exam.
    """
    opened = stores.shelf.readings.get(page, exam)
    run = counted.run if opened is None else counted.run or opened.runs
    plan = Plan(Outcome.DONE)
    if opened is not None and opened.runs == run:
        session = stores.reader_sessions.current(opened.session, used=False)
        reading = None if session is None else reading_of(stores, page, exam, opened, session.facts)
        if session is None or reading is None:
            stores.shelf.erase(page, exam, opened.session)
        else:
            renew = partial(_renew, stores, session.facts)
            plan = planning.plan(stores.shelf, reading, counted.rounds + 1, renew)
            _think_ahead(stores, reading, plan, session.facts)
    return {
        "tenant": stores.slug,
        "page": page,
        "exam": exam,
        "run": run,
        "round": counted.rounds + (plan.outcome is Outcome.FETCH),
        "outcome": str(plan.outcome),
        "series": list(plan.series),
    }


def _think_ahead(stores: Stores, reading: Reading, plan: Plan, facts: ReaderFacts) -> None:
    """Once an exam that somebody opened is whole, its likely prior is fetched, if the tenant wants
    it so."""
    if not stores.tenant.prefetch_prior or reading.opened.ahead:
        return
    if plan.outcome is Outcome.WATCH and stores.shelf.is_whole(reading):
        # Few executions need it, and it imports the whole reading of lists.
        from functions.fetch_exam import ahead  # noqa: PLC0415

        ahead.begin(stores, reading, facts)


def fetched(stores: Stores, page: str, exam: str, place: int) -> dict[str, Any]:
    """Fetch one series as far as the time goes; the next plan tells what is left of it."""
    outcome = {"outcome": "fetched"}
    opened = stores.shelf.readings.get(page, exam)
    if opened is None:
        return outcome
    try:
        facts = _session(stores, opened)
        reading = reading_of(stores, page, exam, opened, facts)
        if reading is not None:
            _fetch(stores, reading, place, facts.subject_name_id)
    except NotAuthenticated:
        # The sign-in has ended meanwhile: the plan erases the exam.
        return outcome
    return outcome


def _fetch(stores: Stores, reading: Reading, place: int, who: str) -> None:
    def token(refused: str = "") -> str:
        return _session(stores, reading.opened, refused).access_token

    run = Run(
        UIDS.fresh().replace("-", ""),
        who,
        stores.audit,
        stores.spool,
        Waiting(time.monotonic() + SECONDS, stores.clock),
    )
    exam_series.fetch(stores.shelf, stores.reading_sites(token), reading, place, run)


def _session(stores: Stores, opened: Opened, refused: str = "") -> ReaderFacts:
    """The facts of the session, with a token that is good now, and after the one that a site
    refused; nobody's act, so that its end does not move. NotAuthenticated once it has ended."""
    provider = for_platform(stores.settings).psc_sign_in("", stores.noting_psc)
    sessions = stores.reader_sessions
    pause = partial(time.sleep, _PAUSE)
    return renewed(
        sessions,
        opened.session,
        provider,
        stores.clock,
        pause,
        used=False,
        least=_LEAST,
        refused=refused,
    ).facts


def _renew(stores: Stores, facts: ReaderFacts, reading: Reading) -> bytes | None:
    """The study's manifest in force, from the DMP; None where it has no other one to give.

    One audit record names the professional, the patient and the study. Nothing takes the place of a
    manifest that a file gave: the DMP's list has the newer one.
    """
    if reading.entry.given_at:
        return None
    told = {
        "ins": reading.context.ins.value,
        "study_instance_uid": reading.entry.study_instance_uid,
    }
    key, who = f"{reading.exam}/{reading.opened.runs}", facts.subject_name_id
    try:
        with audited(stores.audit, "manifests.read", key=key, who=who, facts=told) as record:
            return _newer(stores, Reader(stores, facts), reading, record.facts)
    except (Absent, ConfigurationError, DocumentUnusable, Forbidden):
        return None


def _newer(
    stores: Stores, reader: Reader[Settings], reading: Reading, told: dict[str, str]
) -> bytes | None:
    context = reading.context
    situation = reader.situation_for(context.situation, reading.page)
    if situation is None:
        return None
    noting = partial(stores.outcomes.noting, Asked.DMP)
    acting = situations.acting_in(reader.professional, situation)
    dmp = open_dmp(stores.tenant, acting, context.ins, stores.dmp_for_professionals, told)
    entry = source_manifest.newer(dmp, reading.entry, context, noting=noting)
    if entry is None:
        return None
    data = source_manifest.fetch(dmp, entry, noting=noting)
    source_manifest.checked(data, entry, context)
    return data
