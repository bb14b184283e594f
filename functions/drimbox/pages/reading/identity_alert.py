"""The contradictions of the patient's identity, told above everything else of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.consultation.ins_agreement import doubts
from functions.drimbox.pages.kit.components import notice
from functions.drimbox.pages.reading.texts import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.pages.kit.html import Html
    from functions.drimbox.pages.kit.layout import Layout


def identity_alert(layout: Layout, context: CallContext, contradicting: int = 0) -> Iterator[Html]:
    """The number of documents of another person, and the traits that the INS itself doubts."""
    if contradicting:
        told = layout.say(IDENTITY, "contradicting").format(count=contradicting)
        yield notice(told, "bad", role="alert")
    traits = [layout.say(IDENTITY, one) for one in doubts(context)]
    if traits:
        told = layout.say(IDENTITY, "doubt").format(traits=", ".join(traits))
        yield notice(told, "wait", role="status")
