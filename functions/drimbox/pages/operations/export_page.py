"""The page of an export that is too large for an answer: the address of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.publication.message_entry import shown_id

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout


def export_page(layout: Layout, message_id: str, *, address: str, size: int, minutes: int) -> bytes:
    """The page that leads to the file of ``size`` bytes at ``address``, good for ``minutes``."""

    def say(name: str) -> str:
        return layout.say(texts.EXPORT, name)

    megabytes = -(-size // 1_000_000)
    back = layout.path(f"/publications/{message_id}")
    return layout.document(
        f"{say('title')} {shown_id(message_id)}",
        tag("p", tag("a", say("back"), href=back), class_="crumbs"),
        tag("p", say("what").format(minutes=minutes)),
        tag("p", tag("a", say("file").format(size=megabytes), href=address, class_="button")),
    )
