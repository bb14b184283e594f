"""Persons, organisations and times as XDS writes them (CI-SIS "personnes et structures")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp.ebrim import LONG_NAME
from functions.drimbox.identity.parties import (
    PROFESSIONAL_OID,
    STRUCTURE_OID,
    Organisation,
    Professional,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

# HL7 v2.5 2.7.1; the escape character itself first.
_ESCAPES: Final = (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\"))


def professional_xcn(who: Professional) -> str:
    """``id^family^given^^^^^^&…71.4.2.1&ISO^D^^^IDNPS`` (CI-SIS "personnes et structures")."""
    return xcn(who.identifier, who.family, who.given, name_type="D", id_type="IDNPS")


def xcn(identifier: str, family: str, given: str, *, name_type: str, id_type: str) -> str:
    """An XCN of the national identifiers' authority."""
    names = "^".join(escaped(part) for part in (identifier, family, given))
    return f"{names}^^^^^^&{PROFESSIONAL_OID}&ISO^{name_type}^^^{id_type}"


def xon(organisation: Organisation) -> str:
    """``name^^^^^&…71.4.2.2&ISO^IDNST^^^id``; only the name may be cut, to fit 256 characters."""
    rest = f"^^^^^&{STRUCTURE_OID}&ISO^IDNST^^^{escaped(organisation.structure_id)}"
    name = organisation.name
    while len(escaped(name) + rest) > LONG_NAME and name:
        name = name[:-1]
    return escaped(name) + rest


def escaped(text: str) -> str:
    """``text`` with the separators of HL7 v2 escaped."""
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text


def local_time(at: datetime | None, zone: tzinfo) -> str:
    """``YYYYMMDDhhmmss`` on the site's clock, as the official samples; "" for no time."""
    if at is None:
        return ""
    return (at.astimezone(zone) if at.tzinfo else at).strftime("%Y%m%d%H%M%S")


@frozen
class DeviceAuthor:
    """The DRIMbox as author: its identifier, product name and vendor (XCN, type EI)."""

    identifier: str
    product: str
    vendor: str

    @property
    def xcn(self) -> str:
        """authorPerson of a device (CI-SIS "personnes et structures")."""
        return xcn(self.identifier, self.product, self.vendor, name_type="U", id_type="EI")
