"""Pieces that several pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from functions.drimbox.identity.tenant import SenderPolicy, Tenant
from functions.drimbox.publication.ports import Outcome
from functions.drimbox.web.frame import Frame, Texts
from functions.drimbox.web.html import Html, join, tag

# A publication's or a study's state: its words, and the class that colours it.
STATES: Final[dict[str, tuple[tuple[str, str], str]]] = {
    Outcome.HELD: (("Retenue", "Held"), "bad"),
    "unknown": (("Sort inconnu", "Unknown"), "bad"),
    "stalled": (("Bloquée", "Stalled"), "bad"),
    Outcome.IN_PROGRESS: (("En cours", "In progress"), "wait"),
    Outcome.PUBLISHED: (("Publiée", "Published"), "good"),
    Outcome.WITHDRAWN: (("Retirée", "Withdrawn"), "plain"),
    Outcome.UNCHANGED: (("Inchangée", "Unchanged"), "plain"),
    Outcome.SUPERSEDED: (("Dépassée", "Superseded"), "plain"),
    "ignored": (("Ignorée", "Ignored"), "plain"),
}
# A message's identifier is shown by its beginning; links and forms carry it whole.
SHOWN: Final = 12


def state(frame: Frame, name: str) -> Html:
    """A state as a coloured word."""
    words, colour = STATES[name]
    return tag("span", words[frame.language == "en"], class_=f"state {colour}")


def table(
    caption: str, heads: Sequence[str], rows: Iterable[str], *, numbers: Sequence[int] = ()
) -> Html:
    """A table whose rows are finished; ``numbers`` are the columns of figures, from 0."""
    cells = [
        tag("th", head, scope="col", **({"class_": "number"} if at in numbers else {}))
        for at, head in enumerate(heads)
    ]
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *cells)),
        tag("tbody", *rows),
    )
    return scrolled(caption, whole)


def scrolled(name: str, content: str) -> Html:
    """What may be wider than the window: scrolled here, by keyboard too."""
    return tag("div", content, class_="scroll", tabindex="0", role="region", aria_label=name)


def facts(rows: Iterable[tuple[str, str]]) -> Html:
    """Names and values, without those that have none."""
    return tag(
        "table",
        tag(
            "tbody",
            *(
                tag("tr", tag("th", name, scope="row"), tag("td", value))
                for name, value in rows
                if value
            ),
        ),
        class_="facts",
    )


def notice(text: str, colour: str, *, role: str = "status") -> Html:
    """A sentence that stands out."""
    return tag("p", text, class_=f"notice {colour}", role=role)


def hidden(**values: str) -> Html:
    """Fields of a form that are not shown."""
    return join(
        *(tag("input", type="hidden", name=name, value=value) for name, value in values.items())
    )


def select(
    name: str, label: str, options: Iterable[tuple[str, str]], chosen: str = "", *, any_: str = ""
) -> Html:
    """A labelled choice; ``any_`` is what the empty one says, "" where something is chosen."""
    made = [
        tag("option", text, value=value, **({"selected": ""} if value == chosen else {}))
        for value, text in ((("", any_),) if any_ else ()) + tuple(options)
    ]
    return tag("div", tag("label", label, for_=name), tag("select", *made, id=name, name=name))


def entry_field(name: str, label: str, value: str = "", **attributes: str) -> Html:
    """A labelled input."""
    field = tag("input", id=name, name=name, value=value, **attributes)
    return tag("div", tag("label", label, for_=name), field)


def senders(tenant: Tenant, *policies: SenderPolicy) -> list[tuple[str, str]]:
    """The declared senders of these policies (of any without one): value and words."""
    return [
        (f"{one.application}|{one.facility}", f"{one.application} · {one.facility}")
        for one in tenant.senders
        if not policies or one.policy in policies
    ]


def publication(frame: Frame, message_id: str) -> Html:
    """A link to a publication."""
    return tag(
        "a",
        tag("code", message_id[:SHOWN]),
        href=frame.path(f"/publications/{message_id}"),
    )


def words(frame: Frame, texts: Mapping[str, str]) -> str:
    """The text of a fact that is given in both languages."""
    return texts[frame.language]


def labels(frame: Frame, texts: Texts, *names: str) -> list[str]:
    """Several texts, in order."""
    return [frame.say(texts, name) for name in names]
