"""The viewer in a page: its place, its facts as JSON, its words, its script and its sheet.

The part stands in the list of exams, where the script makes everything ready before a click, or on
a page of its own. Nothing inline runs: the JSON is a block of data, which no browser executes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.stylesheet import HEADERS, SHEET_SOURCE
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.patient_banner import patient_banner
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.pages.kit.layout import Layout

# Characters that would end the block of data, or that old parsers took for line ends.
_ESCAPES: Final = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


@frozen
class Build:
    """The paths of the built script and style sheet on this host."""

    script: str
    sheet: str


@frozen
class ViewerPlace:
    """The ``page`` of the context, and the ``edition`` of its list; ``exams`` are opened at once,
    by their numbers in it."""

    page: str
    edition: str
    exams: Sequence[int] = ()


def viewer_part(layout: Layout, context: CallContext, place: ViewerPlace, build: Build) -> Html:
    """The viewer, hidden until it is opened; :func:`viewer_headers` go with the page.

    An element with ``data-open="3 7"`` opens these exams by a click: current first, then priors.
    The viewer's own sheet does not hold back a list: its program puts it in, beside the words.
    """
    waits = {"rel": "stylesheet"} if place.exams else {"rel": "preload", "as_": "style"}
    block = json.dumps(
        _facts(layout, context, place, build), ensure_ascii=False, separators=(",", ":")
    )
    return join(
        tag("link", **waits, href=build.sheet),
        tag("link", rel="modulepreload", href=_words(layout, build)),
        tag("p", layout.say(_viewer_texts().VIEWER, "absent"), id="viewer-absent"),
        tag("div", id="viewer", hidden=""),
        tag("noscript", tag("p", _no_script(layout))),
        tag(
            "script",
            Html(block.translate(_ESCAPES)),
            type="application/json",
            id="viewer-facts",
        ),
        tag("script", type="module", src=build.script),
    )


def viewer_page(layout: Layout, context: CallContext, place: ViewerPlace, build: Build) -> bytes:
    """The viewer on a page of its own, below the patient's strict traits."""
    return layout.document(
        layout.say(_viewer_texts().VIEWER, "title"),
        viewer_part(layout, context, place, build),
        banner=patient_banner(layout, context),
        heading=False,
    )


def viewer_headers(buckets: Sequence[str]) -> dict[str, str]:
    """The headers of a page with the viewer; ``buckets`` are the origins of the images' bytes."""
    policy = (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        f"style-src 'self' {SHEET_SOURCE}",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        " ".join(("connect-src 'self'", *buckets)),
        "worker-src 'self'",
        # The PDF of an exam: bytes that the viewer has verified.
        "frame-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    # The connection to the bytes stands before anybody clicks.
    links = ", ".join(f"<{bucket}>; rel=preconnect; crossorigin" for bucket in buckets)
    return {**HEADERS, "Content-Security-Policy": "; ".join(policy), "Link": links}


def _facts(
    layout: Layout, context: CallContext, place: ViewerPlace, build: Build
) -> Mapping[str, object]:
    base = f"/{place.page}"
    sex = texts.SEXES.get(context.sex)
    return {
        "open": layout.path(f"{base}/open"),
        "progress": layout.path(f"{base}/progress"),
        "report": layout.path(f"{base}/report"),
        "import": layout.path(f"{base}/import"),
        "list": layout.path(base),
        "back": layout.path(base) if place.exams else "",
        "token": layout.visitor.form_token if layout.visitor else "",
        "sheet": "" if place.exams else build.sheet,
        "edition": place.edition,
        "exams": list(place.exams),
        "language": layout.language,
        "patient": {
            "name": f"{context.birth_family} {context.birth_given}".strip(),
            "birth_date": day(context.birth_date, layout.language),
            "sex": layout.text(sex) if sex else context.sex,
        },
        "words": _words(layout, build),
    }


def _no_script(layout: Layout) -> str:
    return layout.say(_viewer_texts().VIEWER, "no_script")


def _viewer_texts() -> ModuleType:
    """The words, loaded with the first page that has the viewer: a sign-in does without."""
    from functions.drimbox.pages.reading import viewer_texts  # noqa: PLC0415

    return viewer_texts


def _words(layout: Layout, build: Build) -> str:
    """The path of the words, beside the script. Loaded as the words above."""
    from functions.drimbox.pages.reading.viewer_words import words_file  # noqa: PLC0415

    return f"{build.script.rpartition('/')[0]}/{words_file(layout.language).name}"
