"""The forms of the pages, read into the terms of ``operations``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.drimbox.errors import BadRequest

Fields = Mapping[str, str]


def chosen(fields: Fields) -> dict[str, Any]:
    """The facts of ``overriding.Choice.read``: a chosen study for each named one, the sender."""
    studies = {
        named: fields.get(f"study-{name.removeprefix('named-')}", "").strip()
        for name, named in fields.items()
        if name.startswith("named-")
    }
    chosen = {named: study for named, study in studies.items() if study}
    sender = fields.get("sender", "")
    return {**({"studies": chosen} if chosen else {}), **({"sender": sender} if sender else {})}


def kept(fields: Fields) -> dict[str, Any]:
    """The facts of ``filters.Wish.read``: a filter of the queue to keep by name."""
    named = {name: fields.get(name, "") for name in ("state", "reason", "sender")}
    return {"name": fields.get("name", ""), "filter": named}


def forgotten(fields: Fields) -> dict[str, Any]:
    """The facts of ``filters.Wish.read``: a filter to forget."""
    return {"name": fields.get("name", ""), "filter": None}


def withdrawn(fields: Fields) -> dict[str, Any]:
    """The facts of ``confirming_identity.Word.read``: a person gives a reason for a withdrawal."""
    return identity_confirmed(fields)


def confirmed(fields: Fields) -> bool:
    """Whether the form's tick is set."""
    return fields.get("confirm") == "yes"


def seen(fields: Fields) -> datetime | None:
    """The time (aware) of the page whose studies the form's tick is about, None without a tick;
    BadRequest for a text that is no such time."""
    if not confirmed(fields):
        return None
    try:
        at = datetime.fromisoformat(fields.get("seen", ""))
    except ValueError:
        raise BadRequest("seen") from None
    if at.tzinfo is None:
        raise BadRequest("seen")
    return at


def traits_decided(fields: Fields) -> dict[str, Any]:
    """The facts of ``deciding_traits.Decision.read``."""
    revision = fields.get("revision", "")
    return {
        "keep": fields.get("keep", ""),
        "revision": int(revision) if revision.isascii() and revision.isdigit() else None,
        "reason": fields.get("reason", ""),
        "confirm": confirmed(fields),
    }


def identity_confirmed(fields: Fields) -> dict[str, Any]:
    """The facts of ``confirming_identity.Word.read``."""
    return _word(fields)


def import_released(fields: Fields) -> dict[str, Any]:
    """The same, of the release of an imported study."""
    return _word(fields)


def _word(fields: Fields) -> dict[str, Any]:
    return {
        "study_instance_uid": fields.get("study", ""),
        "reason": fields.get("reason", ""),
        "confirm": confirmed(fields),
    }
