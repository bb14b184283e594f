"""The patient's strict traits, above every page about a patient (INS/va1.36)."""

from __future__ import annotations

from datetime import date
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.parties import Patient
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.list_texts import YEARS
from functions.drimbox.pages.reading.wordings import counted

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.dmp.existence import RecordTraits
    from functions.drimbox.pages.kit.layout import Layout

# The parts of an INS number (the form of a NIR): sex, year, month, place, order and key.
_PARTS: Final = tuple(pairwise(accumulate((0, 1, 2, 2, 2, 3, 3, 2))))


def patient_banner(
    layout: Layout,
    context: CallContext | Patient,
    *,
    source: str = "source",
    today: date | None = None,
    all_traits: bool = False,
    record: RecordTraits | None = None,
    choosing: bool = False,
    mark: Html | None = None,
) -> Html:
    """Birth name, first birth given name, birth date, sex, birth place and INS number, always, and
    that they are to be checked. The traits that a professional may ask for besides are one act
    away, or shown with ``all_traits``.

    ``source`` labels the origin of the traits; ``today`` gives the age; ``record`` are those of
    the DMP, which complete a call's. With ``choosing`` the professional may have all traits on
    each page from now on. ``mark`` stands below the traits wherever they stay in view, over images
    too.
    """
    sex = texts.SEXES.get(context.sex)
    traits = {
        "birth_date": _birth(layout, context.birth_date, today),
        "sex": layout.text(sex) if sex else context.sex,
        "birth_place": context.birth_place,
        "ins": in_groups(context.ins.value),
    }
    opened = {"open": ""} if all_traits else {}
    return tag(
        "section",
        tag("strong", f"{context.birth_family} ", tag("span", context.birth_given)),
        _facts(layout, traits),
        tag("small", layout.say(texts.PATIENT, source)),
        tag(
            "details",
            tag("summary", layout.say(texts.PATIENT, "more")),
            _facts(layout, _more(layout, context, record)),
            _setting(layout, all_traits=all_traits) if choosing else "",
            **opened,
        ),
        mark or "",
        class_="patient",
        aria_label=layout.say(texts.PATIENT, "identity"),
    )


def in_groups(ins: str) -> str:
    """The number as people read it: ``2 79 03 63 113 189 12``."""
    return " ".join(ins[start:end] for start, end in _PARTS)


def _more(
    layout: Layout, context: CallContext | Patient, record: RecordTraits | None
) -> dict[str, str]:
    """The five traits of the setting; a contextual call has two of them, the DMP two more."""
    names = {"given_names": "", "used_given": "", "used_family": ""}
    if record is not None:
        names |= {"given_names": ", ".join(record.givens), "used_family": record.used_family}
    if isinstance(context, Patient):
        names = {
            "given_names": context.birth_givens,
            "used_given": context.used_given,
            "used_family": context.used_family,
        }
    unknown = layout.say(texts.PATIENT, "not_sent")
    told = {name: value or unknown for name, value in names.items()}
    return {"ins": context.ins.value, "oid": context.ins.oid, **told}


def _setting(layout: Layout, *, all_traits: bool) -> Html:
    """The way to have all traits on each page from now on, or the five alone."""
    name, wish = ("fewer", "five") if all_traits else ("always", "ten")
    way = layout.path(layout.here, traits=wish)
    return tag("a", layout.say(texts.PATIENT, name), href=way)


def _birth(layout: Layout, birth_date: str, today: date | None) -> str:
    """The date, with the age where both are known."""
    written = day(birth_date, layout.language)
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return written
    if today is None or born > today:
        return written
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return f"{written} ({counted(layout, age, YEARS)})"


def _facts(layout: Layout, values: dict[str, str]) -> Html:
    return tag(
        "dl",
        *(
            tag("div", tag("dt", layout.say(texts.PATIENT, name)), tag("dd", value))
            for name, value in values.items()
        ),
    )
