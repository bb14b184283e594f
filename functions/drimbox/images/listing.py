"""A QIDO-RS listing read to its end, page after page, and the proof that it is whole.

A page that repeats, contradicts or overlaps a former one, or belongs to another study, says that
the listing is not what was asked for, or that it changed while it was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.answer_values import is_of, uid
from functions.drimbox.study.index import MAX_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.images.wado_client import Attributes, Parameters, WadoClient
    from functions.drimbox.oid import Uid

MAX_LISTED: Final = MAX_INSTANCES


class Query(NamedTuple):
    """A search below ``path``: ``fields`` are the tags to give, ``key`` the UID that tells two
    answers apart, ``within`` the UIDs of the study and series that every answer belongs to.
    """

    path: str
    fields: Sequence[str]
    key: str
    within: Mapping[str, Uid]


class Listing(NamedTuple):
    """The data sets by UID, in the server's order. ``is_proved``: the announced number came, or the
    page after the last one was empty; without either, the server may have more. That there is none
    must have been announced.
    """

    found: dict[Uid, Attributes]
    is_proved: bool


def list_all(wado: WadoClient, query: Query, announced: int | None) -> Listing:
    """Every answer to ``query``; ``announced`` is their number as a higher level gives it.

    Raises PacsAnswerUnusable when the answers are not whole or disagree, Held ``pacs_uid_invalid``,
    and ``study_too_large`` beyond MAX_LISTED.
    """
    found: dict[Uid, Attributes] = {}
    promised = False
    while True:
        # Repeated and not a list: some archives do not split an encoded comma.
        parameters: Parameters = {"includefield": query.fields}
        if found:
            parameters = {**parameters, "offset": str(len(found))}
        page = wado.data_sets(query.path, parameters)
        fresh = distinct(page.found, query)
        known = fresh.keys() & found.keys()
        if known and (known != fresh.keys() or any(found[one] != fresh[one] for one in known)):
            raise PacsAnswerUnusable("the listing changed while it was read")
        found |= fresh
        if len(found) > MAX_LISTED:
            raise Held("study_too_large")
        is_last = not fresh or bool(known)
        promised = promised if is_last else page.more
        if is_last or (len(found) == announced and not page.more):
            break
    if promised or page.more or announced not in {None, len(found)}:
        raise PacsAnswerUnusable("the listing is not as long as announced")
    return Listing(found, is_proved=announced is not None or (bool(found) and not fresh))


def distinct(answers: Sequence[Attributes], query: Query) -> dict[Uid, Attributes]:
    """The answers by UID. Raises PacsAnswerUnusable for two different ones under a UID, and for one
    that belongs elsewhere: the server did not search where it was told to.
    """
    found: dict[Uid, Attributes] = {}
    for one in answers:
        name = uid(one, query.key)
        if found.setdefault(name, one) != one:
            raise PacsAnswerUnusable("two different answers have one UID")
        if not all(is_of(one, tag, expected) for tag, expected in query.within.items()):
            raise PacsAnswerUnusable("the answer is about another study or series")
    return found
