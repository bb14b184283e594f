"""The sites of a page's exams: a state beside each exam, sentences above the list, and a button.

Without a script the button asks, and the page comes back with the states; with the script of
:mod:`functions.drimbox.pages.reading.sources_script` the same form is sent by itself, and the
answer (:func:`as_json`) is put in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.consultation.exam_sources import is_checking
from functions.drimbox.consultation.services import DOWN, Health
from functions.drimbox.pages.kit.components import hidden, notice
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading import source_texts as texts
from functions.drimbox.pages.reading.services_line import COLOURS, service_words
from functions.drimbox.pages.reading.sources_script import PATH
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout

_COLOURS: Final = {
    **dict.fromkeys((Images.READY, Images.OWN_READY), "good"),
    **dict.fromkeys((Images.SILENT, Images.NOT_READY, Images.ODD, Images.UNLISTED), "bad"),
    **dict.fromkeys((Images.UNREAD, Images.UNTRUSTED), "wait"),
    **dict.fromkeys((Images.OWN, Images.UNTOLD, Images.CHECKING), "plain"),
}
# Seconds after which the script may ask again: a site that is being asked, that may come back, and
# that may go.
SOON: Final = 5
LATER: Final = 60
CALM: Final = 300


@frozen
class Clock:
    """How times are written: the site's ``zone``, and the present, whose day is not told."""

    zone: ZoneInfo
    now: datetime


def exam_state(layout: Layout, source: ExamSource, clock: Clock) -> Html:
    """The state of one exam's images, and its number of key images; the script changes both."""
    number, words = str(source.number), state_words(layout, source, clock)
    keys = key_words(layout, source)
    return join(
        tag("span", words, class_=f"state {_COLOURS[source.images]}", **{"data_images": number}),
        " ",
        tag("span", keys, class_="state wait" if keys else "", **{"data_keys": number}),
    )


def sources_panel(
    layout: Layout, sources: Sequence[ExamSource], edition: str, clock: Clock, part: int = 1
) -> Html:
    """The sentences, and the form that asks; it stands above the list. ``edition`` is the list's,
    ``part`` the part of it that is shown.

    The page's policy must let our own script run and ask this host.
    """
    told = [notice(words, colour) for words, colour in notices(layout, sources, clock)]
    button = "again" if any(one.images in DOWN for one in sources) else "check"
    form = layout.form(
        f"{layout.here}/exams",
        "check",
        hidden(
            edition=edition,
            exams=" ".join(str(one.number) for one in sources),
            **({"part": str(part)} if part > 1 else {}),
        ),
        tag("button", layout.say(texts.SOURCES, button)),
    )
    return tag(
        "div",
        tag("div", *told, id="source-notices", role="status"),
        tag(
            "div",
            form,
            tag("p", id="sources-seen", role="status"),
            id="sources",
            data_ended=layout.say(texts.SOURCES, "ended"),
            data_stale=layout.say(texts.SOURCES, "stale"),
            data_at=_time(layout, clock.now, clock),
        ),
        tag("script", src=layout.path(PATH), defer=""),
        class_="sources",
    )


def as_json(
    layout: Layout, sources: Sequence[ExamSource], services: Iterable[Health], clock: Clock
) -> dict[str, Any]:
    """The answer to the script: words and colours, and when to ask again (seconds; 0: never)."""
    return {
        "again": again(sources),
        "at": _time(layout, clock.now, clock),
        "seen": layout.say(texts.SOURCES, "seen").format(time=_time(layout, clock.now, clock)),
        "exams": [
            {
                "n": one.number,
                "state": str(one.images),
                "colour": _COLOURS[one.images],
                "words": state_words(layout, one, clock),
                "keys": key_words(layout, one),
            }
            for one in sources
        ],
        "notices": [
            {"words": words, "colour": colour} for words, colour in notices(layout, sources, clock)
        ],
        "services": [
            {"words": service_words(layout, one, clock.zone), "colour": COLOURS[one.condition]}
            for one in services
        ],
        "button": layout.say(
            texts.SOURCES, "again" if any(one.images in DOWN for one in sources) else "check"
        ),
    }


def again(sources: Iterable[ExamSource]) -> int:
    """Soon while a site is being asked, later while one may come back, then at ease; 0 for none."""
    known = tuple(sources)
    if is_checking(known):
        return SOON
    if any(one.images in (*DOWN, Images.UNREAD) for one in known):
        return LATER
    return CALM if known else 0


def state_words(layout: Layout, source: ExamSource, clock: Clock) -> str:
    """The state in words, and whose address told it where that is another exam's."""
    text = layout.say(texts.IMAGES, str(source.images))
    words = text.format(time=_since(layout, source.since, clock))
    return f"{words} ({layout.say(texts.SOURCES, 'usual')})" if source.usual else words


def key_words(layout: Layout, source: ExamSource) -> str:
    """The number of key images in words, "" for none and where nobody knows."""
    count = source.key_images or 0
    if not count:
        return ""
    return layout.say(texts.SOURCES, "key_image" if count == 1 else "key_images").format(
        count=str(count)
    )


def notices(layout: Layout, sources: Iterable[ExamSource], clock: Clock) -> list[tuple[str, str]]:
    """One sentence and its colour for each establishment in trouble; one when no list holds."""
    found: dict[tuple[Images, str], ExamSource] = {}
    for one in sources:
        if str(one.images) in texts.NOTICES:
            name = "" if one.images is Images.UNTRUSTED else one.establishment
            found.setdefault((one.images, name), one)
    return [
        (
            layout.say(texts.NOTICES, str(images)).format(
                name=name or layout.say(texts.SOURCES, "some_site"),
                time=_since(layout, one.since, clock),
            ),
            _COLOURS[images],
        )
        for (images, name), one in found.items()
    ]


def _time(layout: Layout, at: datetime | None, clock: Clock) -> str:
    """The time of day; with its day when that is another."""
    if at is None:
        return ""
    local, today = at.astimezone(clock.zone), clock.now.astimezone(clock.zone).date()
    if local.date() == today:
        return local.strftime("%H:%M")
    return local.strftime("%d/%m/%Y %H:%M" if layout.language == "fr" else "%Y-%m-%d %H:%M")


def _since(layout: Layout, at: datetime | None, clock: Clock) -> str:
    """The same behind a word for "since": in French a date has its article there."""
    words = _time(layout, at, clock)
    return f"le {words}" if layout.language == "fr" and "/" in words else words
