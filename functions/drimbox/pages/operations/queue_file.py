"""A page of the queue as rows of a file: no patient is named in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.operations import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from functions.drimbox.pages.kit.layout import Layout

_COLUMNS: Final = (
    *("identifier", "state", "why", "accession", "modality", "day"),
    *("sender", "received", "changed", "replays"),
)


def queue_rows(
    layout: Layout, publications: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str | int, ...]]:
    """The publications of ``operations.queue.describe``, the heads first; times are ISO 8601."""
    yield tuple(layout.say(texts.QUEUE, name) for name in _COLUMNS)
    for one in publications:
        exam = one.get("exam", {})
        yield (
            one["id"],
            layout.say({**texts.STATES, **texts.FATES, **texts.ASIDE}, one["state"]),
            _why(layout, one),
            " ".join(exam.get("accession_numbers", ())),
            " ".join(exam.get("modalities", ())),
            " ".join(exam.get("days", ())),
            one["sender"].replace("|", " · "),
            one["received_at"],
            one["changed_at"],
            one["replays"],
        )


def _why(layout: Layout, one: Mapping[str, Any]) -> str:
    """Each reason once; that of a message that is left aside, or held, as a whole."""
    for whole in ("ignored", "held"):
        if one.get(whole):
            return layout.words(one[f"{whole}_words"])
    told = (layout.words(study["words"]) for study in one["studies"] if "words" in study)
    return " ".join(dict.fromkeys(told))
