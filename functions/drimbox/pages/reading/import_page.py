"""The page of an import: the identities that came and will be stored, each exam's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.progress import AGENT_AWAY, Stage
from functions.drimbox.pages.kit.components import hidden, notice, table
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day, time_words
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.import_parts import in_pacs_link
from functions.drimbox.pages.reading.import_texts import IMAGES, IMPORT, REASONS
from functions.drimbox.pages.reading.patient_banner import in_groups, patient_banner
from functions.drimbox.pages.reading.wordings import counted
from functions.drimbox.values import frozen
from functions.drimbox.wording.documents import NOT_SHOWN
from functions.drimbox.wording.imports import OBSTACLES
from functions.drimbox.wording.refusals import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.importing.decision import Judged
    from functions.drimbox.importing.progress import Progress
    from functions.drimbox.pages.kit.layout import Layout

_IDENTITY: Final = frozenset({Obstacle.MANIFEST, Obstacle.IMAGES})
_STEPS: Final = ("chosen", "checked", "sending", "ended")
_BYTES: Final = ((1_000_000_000, "Go", "GB"), (1_000_000, "Mo", "MB"), (1_000, "ko", "kB"))


@frozen
class Place:
    """Where the page stands: its list, the site, and the day there."""

    page: str
    edition: str
    site: str
    zone: ZoneInfo
    today: date


@frozen
class ImportExam:
    """One exam. ``facts`` are its texts in the list; ``progress`` None before the first start;
    ``known_at``: when it was imported first; ``failure``: the code for which nothing of it can be
    had; ``in_pacs``: its address in the site's own viewer, "" for none."""

    number: int
    facts: Mapping[str, Any]
    establishment: str
    judged: Judged
    progress: Progress | None = None
    known_at: datetime | None = None
    interrupted: bool = False
    failure: str = ""
    in_pacs: str = ""

    @property
    def stage(self) -> Stage | None:
        """Where the import stands, None before its start and where it was interrupted."""
        return None if self.progress is None or self.interrupted else self.progress.stage


def import_page(
    layout: Layout, context: CallContext, exams: Sequence[ImportExam], place: Place
) -> bytes:
    """The page; it works without script."""
    title = layout.say(IMPORT, "title").format(site=place.site)
    return layout.document(
        title,
        tag("p", tag("a", layout.say(IMPORT, "back"), href=layout.path(f"/{place.page}"))),
        tag("h1", title),
        _steps(layout, exams),
        _identity(layout, context, exams),
        tag(
            "section",
            *(_exam(layout, one, place) for one in exams),
            aria_label=layout.say(IMPORT, "exams"),
        ),
        tag("p", layout.say(IMPORT, "never"), class_="soft"),
        banner=patient_banner(layout, context, today=place.today),
        heading=False,
    )


def _steps(layout: Layout, exams: Sequence[ImportExam]) -> Html:
    """The four steps; the current one is that of the exam which has come least far."""
    at = min(_step(one) for one in exams)
    items = []
    for number, name in enumerate(_STEPS):
        here: dict[str, str] = {"aria_current": "step"} if number == at else {}
        if number < at or at == len(_STEPS) - 1:
            here["class_"] = "done"
        items.append(tag("li", layout.say(IMPORT, name), **here))
    return tag("ol", *items, class_="steps", aria_label=layout.say(IMPORT, "steps"))


def _step(exam: ImportExam) -> int:
    if exam.stage is Stage.DONE:
        return 3
    if exam.stage in {Stage.SENDING, Stage.WAITING, Stage.PARTIAL}:
        return 2
    return 1 if exam.judged.received is not None and exam.judged.obstacle is None else 0


def _identity(layout: Layout, context: CallContext, exams: Sequence[ImportExam]) -> Html:
    """The traits that came, beside those to be stored: of the exam that differs, else the first."""
    differing = [one for one in exams if one.judged.obstacle in _IDENTITY]
    shown = [one for one in (*differing, *exams) if one.judged.received is not None]
    if differing:
        told = notice(layout.say(IMPORT, "differs"), "bad", role="alert")
    else:
        agrees = any(one.judged.received for one in exams)
        told = notice(
            layout.say(IMPORT, "agrees" if agrees else "waits"), "good" if agrees else "wait"
        )
    return join(told, _compared(layout, context, shown[0].judged) if shown else "")


def _compared(layout: Layout, context: CallContext, judged: Judged) -> Html:
    found, patient = judged.received, judged.patient
    if found is None or patient is None:
        return join()
    ours = in_groups(context.ins.value)
    theirs = ", ".join(in_groups(value) for value, _ in sorted(found.ins))
    pairs = {
        "name": (
            f"{found.family}, {found.given}",
            f"{context.birth_family}, {context.birth_given}",
        ),
        "birth_date": (
            day(found.birth_date, layout.language),
            day(context.birth_date, layout.language),
        ),
        "sex": (_sex(layout, found.sex), _sex(layout, context.sex)),
        "ins": (theirs or layout.say(IMPORT, "by_manifest"), ours),
    }
    same = judged.obstacle not in _IDENTITY
    rows = [
        _row(layout, name, one, other, _mark(layout, name, judged, same=same))
        for name, (one, other) in pairs.items()
    ]
    former = " · ".join(filter(None, (found.identifier, found.issuer)))
    local = " · ".join(filter(None, (patient.identifier, patient.namespace or patient.universal)))
    replaced = tag("span", layout.say(IMPORT, "replaced"), class_="tag own")
    rows += [
        _row(layout, "local", former, local, replaced),
        _row(layout, "former", "", layout.say(IMPORT, "kept"), ""),
        _row(layout, "accession", "", layout.say(IMPORT, "foreign"), ""),
        _row(layout, "uids", "", layout.say(IMPORT, "unchanged"), ""),
    ]
    heads = [layout.say(IMPORT, name) for name in ("trait", "received", "stored")]
    return table(layout.say(IMPORT, "compared"), heads, rows)


def _row(layout: Layout, name: str, theirs: str, ours: str, mark: str) -> Html:
    return tag(
        "tr",
        tag("th", layout.say(IMPORT, name), scope="row"),
        tag("td", theirs),
        tag("td", f"{ours} ", mark),
    )


def _mark(layout: Layout, name: str, judged: Judged, *, same: bool) -> Html:
    if name in judged.differing:
        return tag("span", layout.say(IMPORT, "other"), class_="state bad")
    # Where the manifest differs, the images' other traits are not told as good.
    return tag("span", layout.say(IMPORT, "same"), class_="state good") if same else join()


def _sex(layout: Layout, code: str) -> str:
    known = texts.SEXES.get(code)
    return layout.text(known) if known else code


def _exam(layout: Layout, exam: ImportExam, place: Place) -> Html:
    facts, judged = exam.facts, exam.judged
    told = [day(str(facts["date"]), layout.language), str(facts["site"])]
    if judged.total:
        told.append(f"{counted(layout, judged.total, IMAGES)}, {_size(layout, judged.size)}")
    return tag(
        "article",
        tag(
            "div",
            tag("h2", str(facts["act"]) or layout.say(IMPORT, "unnamed")),
            tag("p", " · ".join(filter(None, told)), class_="soft"),
            *_known(layout, exam, place),
            *_state(layout, exam),
        ),
        *_buttons(layout, exam, place),
        class_="group import",
    )


def _known(layout: Layout, exam: ImportExam, place: Place) -> list[Html]:
    if exam.known_at is None or (exam.progress is not None and exam.stage is not None):
        return []
    at = time_words(exam.known_at, place.zone, layout.language)
    return [tag("p", layout.say(IMPORT, "known").format(day=at), class_="state plain")]


def _state(layout: Layout, exam: ImportExam) -> list[Html]:
    """The state in words: the failure, the import's, the obstacle, or that of the images."""
    judged, now = exam.judged, exam.progress
    if exam.failure:
        words = NOT_SHOWN.get(exam.failure) or PROBLEMS[exam.failure]
        return [_bad(layout, layout.text(words), exam.failure)]
    if now is not None and now.stage is not Stage.REFUSED:
        return _moving(layout, exam, now)
    code = judged.obstacle or (now.code if now is not None else "")
    if code:
        words = OBSTACLES[code]
        return [_bad(layout, f"{layout.text(words)} {layout.text(words.todo)}", code)]
    if judged.waiting:
        told = layout.say(IMPORT, "coming").format(here=judged.here, total=judged.total)
        return [tag("p", tag("span", told, class_="state wait"))]
    return [tag("p", tag("span", layout.say(IMPORT, "here"), class_="state good"))]


def _bad(layout: Layout, words: str, code: str) -> Html:
    told = tag("small", f"{layout.say(IMPORT, 'code')} : ", tag("code", code))
    return tag("p", words, " ", told, class_="notice bad", role="alert")


def _moving(layout: Layout, exam: ImportExam, now: Progress) -> list[Html]:
    label, colour = {
        Stage.WAITING: ("queued", "wait"),
        Stage.SENDING: ("sent", "wait"),
        Stage.DONE: ("done", "good"),
        Stage.PARTIAL: ("partial", "bad"),
    }[now.stage]
    if exam.interrupted:
        label, colour = "interrupted", "bad"
    numbers = {"stored": len(now.stored), "total": now.total, "before": now.before}
    words = layout.say(IMPORT, label).format(**numbers)
    if now.before:
        words = f"{words}, {layout.say(IMPORT, 'before').format(**numbers)}"
    told = [tag("p", tag("span", words, class_=f"state {colour}"), role="status")]
    if label == "sent":
        told.append(
            tag(
                "progress",
                value=str(len(now.stored)),
                max=str(max(now.total, 1)),
                aria_label=layout.say(IMPORT, "sending"),
            )
        )
    if label in {"queued", "sent"} and now.code == AGENT_AWAY:
        told.append(notice(layout.say(IMPORT, "away"), "wait", role="status"))
    elif label in {"queued", "sent"}:
        told.append(tag("p", layout.say(IMPORT, "session"), class_="soft"))
    failed: dict[int, int] = {}
    for reason in now.failed.values():
        failed[reason] = failed.get(reason, 0) + 1
    for name, reasons in (("failed", failed), ("warned", now.warned)):
        if reasons:
            told.append(tag("p", layout.say(IMPORT, name), " : ", _reasons(layout, reasons)))
    return told


def _reasons(layout: Layout, counts: Mapping[int, int]) -> str:
    def one(reason: int, count: int) -> str:
        known = REASONS.get(reason)
        words = layout.text(known) if known else layout.say(IMPORT, "unknown_reason")
        told = layout.say(IMPORT, "reason")
        return told.format(count=count, words=words, code=f"{reason:04X}")

    return " ; ".join(one(reason, count) for reason, count in sorted(counts.items()))


def _buttons(layout: Layout, exam: ImportExam, place: Place) -> list[Html]:
    """The buttons that apply now; no import where something stands against it."""
    if exam.failure:
        return [_form(layout, exam, place, "fetch", "fetch")]
    if exam.stage in {Stage.WAITING, Stage.SENDING}:
        return [_form(layout, exam, place, "", "refresh")]
    if exam.judged.obstacle is Obstacle.NOT_WHOLE:
        return [_form(layout, exam, place, "fetch", "fetch")]
    if exam.stage is Stage.DONE and exam.in_pacs:
        return [in_pacs_link(layout, exam.in_pacs, str(exam.facts["act"]))]
    if exam.judged.obstacle is not None or exam.stage is Stage.DONE:
        return []
    again = exam.interrupted or exam.stage is Stage.PARTIAL
    found = [_form(layout, exam, place, "start", "resume" if again else "import", main=True)]
    return [*found, _form(layout, exam, place, "", "refresh")] if exam.judged.waiting else found


def _form(  # the parts of one button
    layout: Layout, exam: ImportExam, place: Place, verb: str, label: str, *, main: bool = False
) -> Html:
    words = layout.say(IMPORT, label)
    named = f"{words} : {exam.facts['act'] or layout.say(IMPORT, 'unnamed')}"
    button = tag("button", words, aria_label=named, **({"class_": "main"} if main else {}))
    fields = hidden(edition=place.edition, exams=str(exam.number))
    return layout.form(f"/{place.page}/import", verb, fields, button)


def _size(layout: Layout, count: int) -> str:
    for unit, french, english in _BYTES:
        if count >= unit:
            name = french if layout.language == "fr" else english
            return f"{count / unit:.0f}\xa0{name}"
    return f"{count}\xa0{'o' if layout.language == 'fr' else 'B'}"
