"""The verdict of the services page, in one notice: everything works, or each fault by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.services import Condition
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.operations import services_texts as texts
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from functions.drimbox.operations.viewing_certificates import SeenCertificate
    from functions.drimbox.pages.kit.html import Html
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.operations.seen_services import ServiceRow

# The sentence about services in that condition, and its colour, the worst first.
_TOLD: Final[tuple[tuple[Condition, str, str], ...]] = (
    (Condition.DOWN, "down", "bad"),
    (Condition.AGING, "aging", "wait"),
)
_GOOD: Final = "good"


def verdict(
    layout: Layout, rows: Sequence[ServiceRow], certificates: Sequence[SeenCertificate]
) -> Html:
    """One sentence for each kind of fault, the worst first, in the worst one's colour; one alone
    where no fault is known. Colours only repeat the words.
    """
    told = [*_services(layout, rows), *_certificates(layout, certificates)]
    told.sort(key=lambda one: one[0] != "bad")
    if not told:
        return components.notice(layout.say(texts.VERDICT, "works"), _GOOD)
    return components.notice(" ".join(words for _, words in told), told[0][0])


def _services(layout: Layout, rows: Sequence[ServiceRow]) -> Iterator[tuple[str, str]]:
    for condition, name, colour in _TOLD:
        names = [service_name(layout, row) for row in rows if row.condition is condition]
        if names:
            count = _counted(layout, len(names), name)
            told = layout.say(texts.VERDICT, "told")
            yield colour, told.format(count=count, names=", ".join(names))


def _certificates(
    layout: Layout, certificates: Sequence[SeenCertificate]
) -> Iterator[tuple[str, str]]:
    unusable = [one for one in certificates if one.found and one.found.judgement.fault]
    if unusable:
        yield "bad", f"{_counted(layout, len(unusable), 'certificates')}."


def _counted(layout: Layout, count: int, name: str) -> str:
    one, several = texts.VERDICT[f"{name}_one"], texts.VERDICT[f"{name}_some"]
    return counted(count, one, several, layout.language)


def service_name(layout: Layout, row: ServiceRow) -> str:
    """The name of the service in a row, or of its agent."""
    return layout.say(texts.NAMES, row.service).format(structure=row.structure)
