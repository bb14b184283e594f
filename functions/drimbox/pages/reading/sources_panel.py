"""The sites of a page's exams: facts beside each exam, sentences above the list, and a button.

Without a script the button asks, and the page comes back with the states; with the script of
:mod:`functions.drimbox.pages.reading.sources_script` the same form is sent by itself, and the
answer (:func:`as_json`) is put in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.consultation.exam_sources import is_checking
from functions.drimbox.consultation.services import DOWN, Health
from functions.drimbox.pages.kit.components import hidden
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.reading import source_texts as texts
from functions.drimbox.pages.reading.services_line import COLOURS, service_words
from functions.drimbox.pages.reading.sources_script import PATH
from functions.drimbox.pages.reading.wordings import counted
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.wording.text import Text

_COLOURS: Final = {
    **dict.fromkeys((Images.READY, Images.OWN_READY), "good"),
    **dict.fromkeys((Images.SILENT, Images.NOT_READY, Images.ODD, Images.UNLISTED), "bad"),
    **dict.fromkeys((Images.UNREAD, Images.UNTRUSTED), "wait"),
    **dict.fromkeys((Images.OWN, Images.UNTOLD, Images.CHECKING), "plain"),
}
# States in which an exam may be opened; the opening itself judges its site anew.
_OPENING: Final = frozenset(
    {Images.READY, Images.UNTOLD, Images.CHECKING, Images.OWN, Images.OWN_READY}
)
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


@frozen
class ExamFacts:
    """The words about one exam's images, each of which the script may change: their state, the
    number of key images, and those of series and images. ``number`` is the exam's in the page's
    list; it ``opens`` where its site may give its images now.
    """

    state: Html
    keys: Html
    size: Html
    number: int
    opens: bool


def exam_facts(layout: Layout, source: ExamSource, clock: Clock) -> ExamFacts:
    """The words about one exam."""
    number, words = str(source.number), state_words(layout, source, clock)
    keys, size = key_words(layout, source), size_words(layout, source)
    state = f"state {_COLOURS[source.images]}"
    return ExamFacts(
        tag("span", words, class_=state, id=f"i{number}", **{"data_images": number}),
        tag("span", keys, class_="tag wait" if keys else "", **{"data_keys": number}),
        tag("span", size, **{"data_size": number}),
        source.number,
        source.images in _OPENING,
    )


@frozen
class Notice:
    """A sentence above the list. ``lead``: its first part, which stands out."""

    lead: str
    rest: str
    colour: str

    @property
    def words(self) -> str:
        """The whole sentence."""
        return f"{self.lead} {self.rest}".strip()


def sources_panel(
    layout: Layout, sources: Sequence[ExamSource], edition: str, clock: Clock, part: int = 1
) -> Html:
    """The sentences, and the form that asks; it stands above the list. ``edition`` is the list's,
    ``part`` the part of it that is shown.

    The page's policy must let our own script run and ask this host.
    """
    told = [
        tag(
            "p",
            tag("b", one.lead) if one.lead else "",
            one.words.removeprefix(one.lead),
            class_=one.colour,
        )
        for one in notices(layout, sources, clock)
    ]
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
            data_asking=layout.say(texts.SOURCES, "asking"),
            data_at=_moment(layout, clock.now, clock),
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
        "at": _moment(layout, clock.now, clock),
        "seen": layout.say(texts.SOURCES, "seen").format(time=_moment(layout, clock.now, clock)),
        "exams": [
            {
                "n": one.number,
                "state": str(one.images),
                "colour": _COLOURS[one.images],
                "words": state_words(layout, one, clock, texts.IN_SCRIPT),
                "opens": one.images in _OPENING,
                "keys": key_words(layout, one),
                "size": size_words(layout, one),
            }
            for one in sources
        ],
        "notices": [
            {"words": one.words, "lead": len(one.lead), "colour": one.colour}
            for one in notices(layout, sources, clock)
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


def state_words(
    layout: Layout, source: ExamSource, clock: Clock, labels: Mapping[str, Text] = texts.IMAGES
) -> str:
    """The state in words, and whose address told it where that is another exam's."""
    text = layout.say(labels, str(source.images))
    words = text.format(time=_since(layout, source.since, clock))
    return f"{words} ({layout.say(texts.SOURCES, 'usual')})" if source.usual else words


def key_words(layout: Layout, source: ExamSource) -> str:
    """The number of key images in words, "" for none and where nobody knows."""
    count = source.content.key_images if source.content else 0
    if not count:
        return ""
    return layout.say(texts.SOURCES, "key_image" if count == 1 else "key_images").format(
        count=str(count)
    )


def size_words(layout: Layout, source: ExamSource) -> str:
    """The numbers of series and images behind a separator, "" where nobody knows."""
    content = source.content
    if content is None:
        return ""
    series = counted(layout, content.series, texts.SERIES)
    return f" · {series}, {counted(layout, content.images, texts.FRAMES)}"


def notices(layout: Layout, sources: Sequence[ExamSource], clock: Clock) -> list[Notice]:
    """One sentence for each establishment in trouble, and the parts that remain; one when no list
    holds, or all is well. Those of several are short, so that a list has them in sight.
    """
    found: dict[tuple[Images, str], ExamSource] = {}
    for one in sources:
        if str(one.images) in texts.NOTICES:
            name = "" if one.images is Images.UNTRUSTED else one.establishment
            found.setdefault((one.images, name), one)
    told = []
    for (images, name), one in found.items():
        lead, rest = map(layout.text, texts.NOTICES[str(images)])
        facts = {"name": name or layout.say(texts.SOURCES, "some_site")}
        facts["time"] = _since(layout, one.since, clock)
        told.append(Notice(lead.format(**facts), rest, _COLOURS[images]))
    if len(told) > 1:
        short = [Notice(one.lead, "", one.colour) for one in told]
        return [*short, Notice("", layout.text(texts.REMAINING), "plain")]
    if told:
        return told
    calm = texts.UNCHECKED if is_checking(sources) else texts.CALM
    return [Notice("", layout.text(calm), "plain")]


def _time(layout: Layout, at: datetime | None, clock: Clock) -> str:
    """The time of day; with its day when that is another."""
    if at is None:
        return ""
    local, today = at.astimezone(clock.zone), clock.now.astimezone(clock.zone).date()
    if local.date() == today:
        return local.strftime("%H:%M")
    return local.strftime("%d/%m/%Y %H:%M" if layout.language == "fr" else "%Y-%m-%d %H:%M")


def _moment(layout: Layout, at: datetime, clock: Clock) -> str:
    """The time of a look, to the second: another look within the minute shows."""
    return f"{_time(layout, at, clock)}:{at:%S}"


def _since(layout: Layout, at: datetime | None, clock: Clock) -> str:
    """The same behind a word for "since": in French a date has its article there."""
    words = _time(layout, at, clock)
    return f"le {words}" if layout.language == "fr" and "/" in words else words
