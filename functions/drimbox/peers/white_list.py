"""The national white list, read: the domains of the other DRIMboxes and their operators.

The form is ``ListeBlancheDRIM-M`` 1.0.0 (ANS, DRIM-M_DATA), in either of its two namespaces. Its
signature is not looked at here: :mod:`functions.drimbox.peers.envelope` gives the part that the
signature covers, and only that part is read.

A domain that cannot be told (no host, two hosts, a name that is none, a host that two names claim)
is left aside: nobody is sent a token on a guess, and one wrong line does not cut off the others. A
wrong line claims the hosts that it names all the same: no other line has them then.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.identity.distinguished_name import CanonicalName, canonical_name
from functions.drimbox.peers.faults import Fault
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml import etree

NAMESPACES: Final = frozenset(
    {
        "https://github.com/ansforge/DRIM-M_DATA",
        "https://listeblanche.mesimagesmedicales.fr/schema",
    }
)
VERSION: Final = "1.0.0"
# RFC 1123 2.1: letters, digits and hyphens.
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAX_HOST: Final = 253
# XML Schema 3.3.7, with its time zone: without one, the time could be any of 27 hours.
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


@frozen
class Domain:
    """One domain of an operator.

    ``db`` is the host that serves images, in lower case; ``vi`` that of its viewer, "" when the
    list gives none that can be read. ``subject`` is the name in the operator's client certificate.
    ``operator_id`` and ``name`` are the list's texts, for people; several domains share one.
    """

    db: str
    vi: str
    subject: CanonicalName
    operator_id: str
    name: str


@frozen
class WhiteList:
    """``left_aside`` is how many domains of the list cannot be told."""

    generated_at: datetime
    domains: tuple[Domain, ...]
    left_aside: int

    def entry_for_host(self, host: str) -> Domain | None:
        """The domain whose images ``host`` serves, None when the list names no such host.

        ``host`` is compared whole, without regard to case; it has no port.
        """
        wanted = host.lower()
        return next((one for one in self.domains if one.db == wanted), None)


def read_white_list(root: etree._Element) -> WhiteList:
    """The list whose root is ``root``; WhiteListUnusable ``content`` when it is none.

    A list of another version is refused, since it may restrict in ways that are not known here; so
    is one of which no domain can be read. Elements that the form does not name are passed over.
    """
    namespace, _, name = root.tag[1:].rpartition("}")
    if (name, root.get("versionFormat")) != ("ListeBlancheDRIM-M", VERSION) or (
        namespace not in NAMESPACES
    ):
        raise WhiteListUnusable(Fault.CONTENT, "not a white list of version 1.0.0")
    domains = _one(root, "ListeDomaines")
    generated_at = date_time(_text(_one(root, "DateDeGeneration")))
    if domains is None or generated_at is None:
        raise WhiteListUnusable(Fault.CONTENT, "ListeDomaines or DateDeGeneration")
    lines = list(domains.iterchildren(f"{{{namespace}}}Domaine"))
    told = _told(lines)
    if not told:
        raise WhiteListUnusable(Fault.CONTENT, "no Domaine can be read")
    return WhiteList(generated_at, told, len(lines) - len(told))


def date_time(text: str) -> datetime | None:
    """An ``xs:dateTime`` with its time zone, as UTC; None for anything else."""
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _domain(line: etree._Element) -> Domain | None:
    """The domain of one line, None when its host or its name cannot be told."""
    db = _host(line, "db")
    try:
        subject = canonical_name(_text(_one(line, "DNCertificatOperateur")))
    except ValueError:
        return None
    if not db:
        return None
    return Domain(
        db=db,
        vi=_host(line, "vi"),
        subject=subject,
        operator_id=_text(_one(line, "Identifiant")),
        name=_text(_one(line, "Denomination")),
    )


def _told(lines: Iterable[etree._Element]) -> tuple[Domain, ...]:
    """The domains of hosts that one name alone claims; None is the name of a line without one."""
    found: list[Domain] = []
    claims: dict[str, set[CanonicalName | None]] = {}
    for line in lines:
        domain = _domain(line)
        if domain is not None:
            found.append(domain)
        for host in _named_hosts(line):
            claims.setdefault(host, set()).add(domain.subject if domain is not None else None)
    return tuple(one for one in found if len(claims[one.db]) == 1)


def _named_hosts(line: etree._Element) -> set[str]:
    """The hosts that a line names as its own, also one that names several."""
    namespace = line.tag[1:].rpartition("}")[0]
    texts = ("".join(map(str, one.itertext())) for one in line.iterchildren(f"{{{namespace}}}db"))
    return {host for host in map(_host_name, texts) if host}


def _host(line: etree._Element, name: str) -> str:
    return _host_name(_text(_one(line, name)))


def _host_name(text: str) -> str:
    """The host that ``text`` is, in lower case; "" when it is none."""
    text = text.strip().lower()
    return text if len(text) <= _MAX_HOST and _HOST.fullmatch(text) else ""


def _one(parent: etree._Element, name: str) -> etree._Element | None:
    """The child of that name in the parent's namespace; None when there is not exactly one."""
    namespace = parent.tag[1:].rpartition("}")[0]
    found = list(parent.iterchildren(f"{{{namespace}}}{name}"))
    return found[0] if len(found) == 1 else None


def _text(element: etree._Element | None) -> str:
    """The text of an element without children, "" for any other."""
    return "" if element is None or len(element) else (element.text or "").strip()
