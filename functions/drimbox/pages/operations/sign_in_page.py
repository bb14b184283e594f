"""The sign-in page of the operators, and the page of a refused request."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.kit.layout import Layout, Texts

_TEXTS: Final[Texts] = {
    "title": ("Connexion", "Sign in"),
    "what": (
        "Cette page montre les publications du site, et des données de patients.",
        "This page shows the site's publications, and data of patients.",
    ),
    "whom": (
        "Elle est réservée aux exploitants déclarés ; chaque consultation et action est tracée.",
        "It is for declared operators only; every look and every action is recorded.",
    ),
    "how": (
        "La connexion se fait auprès du fournisseur d'identité de votre organisation.",
        "You sign in at your organisation's identity provider.",
    ),
    "sign_in": ("Se connecter", "Sign in"),
    "signed_out": ("Vous êtes déconnecté.", "You are signed out."),
    "back": ("Retour aux publications", "Back to the publications"),
    "code": ("Code", "Code"),
}
# Status -> title, then what to do.
_REFUSALS: Final[dict[int, tuple[tuple[str, str], tuple[str, str]]]] = {
    400: (
        ("Requête incorrecte", "Bad request"),
        (
            "La page n'a pas compris la demande. Rien n'a été fait.",
            "The page did not understand the request. Nothing was done.",
        ),
    ),
    401: (
        ("Connexion nécessaire", "Sign-in needed"),
        (
            "La session est terminée, ou la connexion n'a pas abouti. Rien n'a été fait.",
            "The session has ended, or the sign-in did not succeed. Nothing was done.",
        ),
    ),
    403: (
        ("Accès refusé", "Access denied"),
        (
            "Ce compte n'a pas ce droit sur ce site. Rien n'a été fait ; le refus est tracé.",
            "This account does not have this right here. Nothing was done; it is recorded.",
        ),
    ),
    404: (
        ("Introuvable", "Not found"),
        (
            "Rien à cette adresse, ou rien à y faire.",
            "Nothing at this address, or nothing to do there.",
        ),
    ),
    409: (
        ("En conflit avec l'état présent", "In conflict with the present state"),
        (
            "L'envoi est peut-être au DMP, ou a été trop corrigé. Rien n'a été fait.",
            "What was sent may be in the DMP, or was mended too often. Nothing was done.",
        ),
    ),
    413: (
        ("Message trop volumineux", "Too large"),
        ("Rien n'a été fait.", "Nothing was done."),
    ),
    500: (
        ("Erreur interne", "Internal error"),
        ("L'erreur est signalée à l'exploitant.", "The error is reported to the operator."),
    ),
    503: (
        ("Momentanément indisponible", "Temporarily unavailable"),
        (
            "Un service nécessaire ne répond pas. Réessayer dans un instant.",
            "A service that is needed does not answer. Try again in a moment.",
        ),
    ),
}


def sign_in_page(layout: Layout, *, signed_out: bool = False) -> bytes:
    """The page that sends to the provider: by a link, since a form may only go to this host."""
    return layout.document(
        layout.say(_TEXTS, "title"),
        tag("p", layout.say(_TEXTS, "signed_out"), class_="notice good", role="status")
        if signed_out
        else "",
        tag("p", layout.say(_TEXTS, "what")),
        tag("p", layout.say(_TEXTS, "whom")),
        tag("p", layout.say(_TEXTS, "how")),
        _link(layout),
    )


def refusal_page(layout: Layout, status: int, code: str) -> bytes:
    """The page of a refused request; ``code`` is one of ours, never a caller's text."""
    title, what = (layout.text(pair) for pair in _REFUSALS[status])
    return layout.document(
        title,
        tag("p", what, class_="notice bad", role="alert"),
        tag("p", tag("small", f"{layout.say(_TEXTS, 'code')} : ", tag("code", code))),
        _link(layout)
        if status == 401
        else tag("p", tag("a", layout.say(_TEXTS, "back"), href=layout.path())),
    )


def _link(layout: Layout) -> str:
    words = layout.say(_TEXTS, "sign_in")
    return tag("p", tag("a", words, href=layout.path("/sign-in"), class_="button main"))
