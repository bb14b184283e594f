"""The form that takes a file, and the mark of a file's exams on every page and in the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.reading.outside_texts import FILE

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout


def file_form(layout: Layout, here: str) -> Html:
    """The form, for the page at ``here``; the browser sends the file, no script does."""
    token = layout.visitor.form_token if layout.visitor else ""
    field = tag("input", type="file", name="file", id="file", required="", accept=".dcm,.zip")
    form = tag(
        "form",
        tag("input", type="hidden", name="token", value=token),
        tag("p", tag("label", layout.say(FILE, "file"), for_="file"), " ", field),
        tag("p", tag("small", layout.say(FILE, "form_limit"))),
        tag("p", tag("button", layout.say(FILE, "give"))),
        method="post",
        action=layout.path(f"{here}/file"),
        enctype="multipart/form-data",
        class_="choice",
    )
    return tag(
        "details",
        tag("summary", layout.say(FILE, "form")),
        tag("p", layout.say(FILE, "form_why")),
        form,
        class_="outside-form",
    )


def outside_mark(layout: Layout, given_at: datetime, zone: ZoneInfo) -> Html:
    """The mark, to stand in the patient's banner, which the viewer leaves in view."""
    words = layout.say(FILE, "mark").format(time=given_at.astimezone(zone).strftime("%H:%M"))
    return tag("p", words, class_="outside", role="status")
