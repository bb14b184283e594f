"""The layout of a page: head, landmarks, navigation, switch of language, sign-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from functions.drimbox.pages.kit import texts
from functions.drimbox.pages.kit.html import DOCTYPE, Html, join, style, tag
from functions.drimbox.values import frozen
from functions.drimbox.wording.text import LANGUAGES, Language, Text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.area import Area

Texts = Mapping[str, Text]

# The element of a time: a text of somebody else is escaped, and has none.
_TIME: Final = "<time "
_NAMES: Final[dict[Language, str]] = {"fr": "Français", "en": "English"}


@frozen
class Visitor:
    """The person who is signed in: the name to show, and the token of the session's forms."""

    name: str
    form_token: str


@frozen
class Layout:
    """A page of ``tenant`` in ``area``, in ``language``; without ``visitor`` for nobody.

    ``here`` is the page's path below the area. The switch of language keeps ``query``. ``alert``
    stands on every page, below the header. A page that shows a time says that it is of ``zone``.
    """

    area: Area
    tenant: str
    site_name: str
    language: Language
    visitor: Visitor | None = None
    here: str = ""
    query: Mapping[str, str] | None = None
    alert: Html = Html()
    zone: ZoneInfo | None = None

    def text(self, both: Text) -> str:
        """The text in the page's language."""
        return both.in_language(self.language)

    def say(self, labels: Texts, name: str) -> str:
        """The label ``name`` in the page's language."""
        return self.text(labels[name])

    def words(self, by_language: Mapping[str, str]) -> str:
        """The text of a fact that is given by language."""
        return by_language[self.language]

    def path(self, rest: str = "", **query: str) -> str:
        """A path below the area; a query holds no patient data and no text of a search."""
        asked = {name: value for name, value in query.items() if value}
        return self.area.base(self.tenant) + rest + (f"?{urlencode(asked)}" if asked else "")

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

    def document(
        self,
        title: str,
        *content: str,
        banner: str = "",
        heading: bool = True,
        skips: Mapping[str, str] | None = None,
    ) -> bytes:
        """The whole page, UTF-8; ``banner`` stands between the header and the page's title.

        Without ``heading`` the content has the page's title itself, as its one ``h1``. ``skips``
        are further places that the keyboard may jump to: the words of each link by its fragment.
        """
        product = self.text(self.area.product)
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{title} · {product}"),
            style(self.area.sheet),
        )
        body = tag(
            "body",
            tag("a", self.say(texts.LAYOUT, "skip"), href="#content", class_="skip"),
            *(
                tag("a", words, href=f"#{place}", class_="skip")
                for place, words in (skips or {}).items()
            ),
            self._header(),
            self.alert,
            banner,
            tag(
                "main",
                tag("h1", title) if heading else "",
                self._zone(self.alert, banner, *content),
                *content,
                id="content",
                tabindex="-1",
            ),
            class_=self.area.path,
        )
        return (DOCTYPE + tag("html", head, body, lang=self.language)).encode()

    def _zone(self, *shown: str) -> Html:
        """The zone of the page's times, where one of its parts shows any."""
        if self.zone is None or not any(_TIME in part for part in shown):
            return join()
        return tag("p", self.say(texts.LAYOUT, "zone").format(zone=self.zone.key), class_="zone")

    def _header(self) -> Html:
        site = tag("span", f" · {self.site_name}") if self.site_name else ""
        return tag(
            "header",
            tag("div", tag("a", "DRIMbox", href=self.path()), site, class_=self._place()),
            self._pages(),
            self._who(),
            self._languages(),
            self._leave(),
        )

    def _place(self) -> str:
        """Without navigation, the rest of the header stands at the other end."""
        return "site" if self.area.navigation else "site alone"

    def _pages(self) -> Html:
        if self.visitor is None or not self.area.navigation:
            return join()
        links = []
        for rest, name in self.area.navigation.items():
            current = {"aria_current": "page"} if self.here == rest else {}
            links.append(tag("a", self.text(name), href=self.path(rest), **current))
        return tag("nav", *links, aria_label=self.say(texts.LAYOUT, "pages"), class_="pages")

    def _languages(self) -> Html:
        kept = self.query or {}
        others = [
            tag(
                "a",
                _NAMES[language],
                href=self.path(self.here, **kept, lang=language),
                lang=language,
                hreflang=language,
            )
            for language in LANGUAGES
            if language != self.language
        ]
        return tag("nav", *others, aria_label=self.say(texts.LAYOUT, "language"))

    def _who(self) -> Html:
        if self.visitor is None:
            return join()
        title = self.say(texts.LAYOUT, "signed_in")
        return tag("span", self.visitor.name, title=title, class_="who")

    def _leave(self) -> Html:
        if self.visitor is None:
            return join()
        button = tag("button", self.say(texts.LAYOUT, "sign_out"))
        return self.form("/session", "sign_out", button)
