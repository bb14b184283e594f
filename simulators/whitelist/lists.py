"""The list itself, before its signature: ``ListeBlancheDRIM-M`` 1.0.0 (ANS, DRIM-M_DATA)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self

from lxml import etree

NAMESPACE: Final = "https://github.com/ansforge/DRIM-M_DATA"


class BadDomain(ValueError):
    """The domain asked for is not one; the message names the field."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One line of the list, as text: nothing is checked, since wrong lines are wanted too."""

    identifier: str
    db: str
    vi: str
    name: str
    certificate: str

    @classmethod
    def read(cls, facts: Any) -> Self:
        """From the JSON of ``PUT /_sim/domains``. Raises :class:`BadDomain`."""
        fields = ("identifier", "db", "vi", "name", "certificate")
        if not isinstance(facts, dict) or set(facts) != set(fields):
            raise BadDomain(f"a domain has exactly the fields {', '.join(fields)}")
        if not all(isinstance(value, str) and value.isprintable() for value in facts.values()):
            raise BadDomain("every field of a domain is printable text")
        return cls(**facts)

    def describe(self) -> dict[str, str]:
        """The same, as JSON."""
        return asdict(self)


# Operators that do not exist: two domains of one, and one whose name is written another way.
EXAMPLES: Final = (
    Domain(
        "901",
        "db1.901.mesimagesmedicales.example",
        "vi1.901.mesimagesmedicales.example",
        "Opérateur d'essai 901",
        "CN=db1.901.mesimagesmedicales.example,OU=300000000000017,O=Opérateur d'essai 901,"
        "ST=Paris (75),C=FR",
    ),
    Domain(
        "901",
        "db2.901.mesimagesmedicales.example",
        "vi2.901.mesimagesmedicales.example",
        "Opérateur d'essai 901",
        "CN=db1.901.mesimagesmedicales.example,OU=300000000000017,O=Opérateur d'essai 901,"
        "ST=Paris (75),C=FR",
    ),
    Domain(
        "999",
        "db1.999.mesimagesmedicales.example",
        "vi1.999.mesimagesmedicales.example",
        "Autre DRIMbox",
        "C=FR, ST=Paris (75), O=Autre DRIMbox, OU=300000000000017, "
        "CN=db1.999.mesimagesmedicales.example",
    ),
)


def date_time(at: datetime) -> str:
    """An ``xs:dateTime`` in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def unsigned_list(domains: Sequence[Domain], at: datetime) -> etree._Element:
    """The root of a list that was generated ``at``, indented as the published ones are."""
    root = etree.fromstring(f'<ListeBlancheDRIM-M xmlns="{NAMESPACE}" versionFormat="1.0.0"/>')
    _add(root, "DateDeGeneration", date_time(at))
    lines = _add(root, "ListeDomaines")
    for domain in domains:
        line = _add(lines, "Domaine")
        _add(line, "Identifiant", domain.identifier)
        _add(line, "db", domain.db)
        _add(line, "vi", domain.vi)
        _add(line, "Denomination", domain.name)
        _add(line, "DNCertificatOperateur", domain.certificate)
        _add(line, "SupportContact", "support@mesimagesmedicales.example")
        _add(line, "DateMAJ", date_time(at))
    etree.indent(root)
    return root


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child
