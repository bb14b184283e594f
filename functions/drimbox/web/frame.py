"""What every operator's page has: its head, its landmarks, its way out, its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from functions.drimbox.web.html import DOCTYPE, Html, join, style, tag
from functions.drimbox.web.language import LANGUAGES, Language
from functions.drimbox.web.sheet import SHEET

Texts = Mapping[str, tuple[str, str]]

_TEXTS: Final[Texts] = {
    "product": ("DRIMbox, exploitation", "DRIMbox, operations"),
    "skip": ("Aller au contenu", "Skip to the content"),
    "pages": ("Pages", "Pages"),
    "queue": ("Publications", "Publications"),
    "activity": ("Activité", "Activity"),
    "check": ("Contrôler un message", "Check a message"),
    "language": ("Langue", "Language"),
    "sign_out": ("Se déconnecter", "Sign out"),
    "signed_in": ("Session ouverte", "Signed in"),
}
# Path below the operations -> what the page is called.
_PAGES: Final = {"": "queue", "/activity": "activity", "/check": "check"}
_NAMES: Final[dict[Language, str]] = {"fr": "Français", "en": "English"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in: the operator's name in the tenant's file, and the token of the forms."""

    name: str
    form_token: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of the tenant whose operations are at ``base`` (a path), in ``language``.

    ``here`` is the page's path and ``query`` what of its query the switch of language keeps.
    """

    base: str
    site: str
    language: Language
    visitor: Visitor | None = None
    here: str = ""
    query: Mapping[str, str] | None = None

    def say(self, texts: Texts, name: str) -> str:
        """The text ``name`` in the page's language."""
        return texts[name][LANGUAGES.index(self.language)]

    def path(self, rest: str = "", **query: str) -> str:
        """A path below ``base``; a query holds no patient data and no text of a search."""
        asked = {name: value for name, value in query.items() if value}
        return f"{self.base}{rest}" + (f"?{urlencode(asked)}" if asked else "")

    def form(self, rest: str, verb: str, *children: str, class_: str = "inline") -> Html:
        """A form of this session that asks for ``verb``."""
        token = self.visitor.form_token if self.visitor else ""
        return tag(
            "form",
            tag("input", type="hidden", name="token", value=token),
            tag("input", type="hidden", name="verb", value=verb),
            *children,
            method="post",
            action=self.path(rest),
            class_=class_,
        )

    def document(self, title: str, *content: str) -> bytes:
        """The whole page, UTF-8."""
        product = self.say(_TEXTS, "product")
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{title} · {product}"),
            style(SHEET),
        )
        body = tag(
            "body",
            tag("a", self.say(_TEXTS, "skip"), href="#content", class_="skip"),
            self._header(),
            tag("main", tag("h1", title), *content, id="content", tabindex="-1"),
        )
        return (DOCTYPE + tag("html", head, body, lang=self.language)).encode()

    def _header(self) -> Html:
        site = tag("span", f" · {self.site}") if self.site else ""
        return tag(
            "header",
            tag("div", tag("a", "DRIMbox", href=self.path()), site, class_="site"),
            self._pages(),
            self._languages(),
            self._leave(),
        )

    def _pages(self) -> Html:
        if self.visitor is None:
            return join()
        links = []
        for rest, name in _PAGES.items():
            current = {"aria_current": "page"} if self.here == self.base + rest else {}
            links.append(tag("a", self.say(_TEXTS, name), href=self.path(rest), **current))
        return tag("nav", *links, aria_label=self.say(_TEXTS, "pages"), class_="pages")

    def _languages(self) -> Html:
        here, kept = self.here or self.base, self.query or {}
        others = [
            tag(
                "a",
                _NAMES[language],
                href=f"{here}?{urlencode({**kept, 'lang': language})}",
                lang=language,
                hreflang=language,
            )
            for language in LANGUAGES
            if language != self.language
        ]
        return tag("nav", *others, aria_label=self.say(_TEXTS, "language"))

    def _leave(self) -> Html:
        if self.visitor is None:
            return join()
        return join(
            tag("span", self.visitor.name, title=self.say(_TEXTS, "signed_in")),
            self.form("/session", "sign_out", tag("button", self.say(_TEXTS, "sign_out"))),
        )
