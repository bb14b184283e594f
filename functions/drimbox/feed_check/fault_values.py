"""The value at a fault's place in the message, and the values that may stand there.

They are the caller's own: its message is given back to it, and to nobody else. No error holds them;
they are read from the message again.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.report.action import wanted_with
from functions.drimbox.report.cda_elements import PS3_20
from functions.drimbox.report.cda_xml import V3, parse_cda
from functions.drimbox.report.header import locate, read_msh
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.safe_xml import UnsafeXml
from functions.drimbox.values import frozen
from functions.drimbox.wording.accepted_values import (
    ACCEPTED,
    ELEMENTS,
    KNOWN_IDENTITY,
    beside_order,
    same,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml import etree

    from functions.drimbox.identity.parties import Identifier
    from functions.drimbox.report.model import ClinicalDocument
    from functions.drimbox.report.segment import Segment
    from functions.drimbox.tenants.model import Tenant
    from functions.drimbox.wording.text import Text

# Characters of a value: a document in base64 is shown by its beginning.
MOST: Final = 200
CUT: Final = "…"
_OF_CDA: Final = "CDA: "
_POSITION: Final = re.compile(r"\[[0-9]+\]")


@frozen
class Seen:
    """A message as far as its faults are about it: its segments by name and ordinal (MSH alone
    where the others cannot be told), its CDA, and the senders of the caller's certificate, each as
    ``APPLICATION|FACILITY``.
    """

    segments: Mapping[tuple[str, int], Segment]
    document: ClinicalDocument | None
    declared: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Seen({len(self.segments)} segments)"

    def value(self, code: str, location: str, detail: str) -> str | None:
        """The value at ``location`` (ERR-2), as it is written; that of the element of the CDA which
        ``detail`` (ERR-8) names. "" where the place is empty, None where it is no value.
        """
        name, ordinal, field = (*location.split("^"), "", "")[:3]
        segment = self.segments.get((name, int(ordinal or 0)))
        if segment is None or not field:
            return None
        if code == "undeclared_sender":
            return _cut(f"{segment.text(3)}|{segment.text(4)}")
        written = "".join(segment.fields[int(field) : int(field) + 1])
        if detail.startswith(_OF_CDA):
            found = _element(segment, detail.removeprefix(_OF_CDA))
            return _cut(written if found is None else found)
        return _cut(written)

    def accepted(self, code: str, location: str, detail: str) -> Text | None:
        """The values that may stand there, None where the message is not the cause."""
        own = _OWN[code](self, location, detail) if code in _OWN else None
        return own or ACCEPTED.get(code)


def look(
    raw: bytes, document: ClinicalDocument | None, tenant: Tenant, certificate_subject: str
) -> Seen:
    """The message ``raw``, which has an MSH, and the site's declarations on its sender."""
    try:
        segments = read_message(raw).segments
    except MessageError:
        segments = (read_msh(locate(raw)[0])[0],)
    caller = canonical_name(certificate_subject)
    return Seen(
        {(one.name, one.ordinal): one for one in segments},
        document,
        tuple(
            f"{one.application}|{one.facility}"
            for one in tenant.senders
            if canonical_name(one.certificate_subject) == caller
        ),
    )


def _cut(value: str) -> str:
    return value if len(value) <= MOST else value[:MOST] + CUT


def _element(segment: Segment, path: str) -> str | None:
    """The element of the CDA at ``path``: its attributes and its text, "" where it is absent; None
    where there is no document to look at."""
    try:
        node = parse_cda(base64.b64decode(segment.first(5).whole(5)))
    except (ValueError, UnsafeXml):
        return None
    steps = path.partition(": ")[0].split("/")
    if steps == ["ClinicalDocument"]:
        return str(node.tag)
    for step in steps:
        if step.startswith("@"):
            break
        found = _child(node, step)
        if found is None:
            return ""
        node = found
    parts = [f'{name!s}="{value!s}"' for name, value in node.attrib.items()]
    return " ".join([*parts, *(node.text or "").split()])


def _child(node: etree._Element, step: str) -> etree._Element | None:
    """The child of a step of a path: ``name``, or ``name[2]`` for the second one."""
    name, _, position = step.rstrip("]").partition("[")
    children = node.iterchildren(f"{{{V3}}}{name}", f"{{{PS3_20}}}{name}", name)
    return dict(enumerate(children, 1)).get(int(position or 1))


def _written(identifier: Identifier) -> str:
    """An identifier as HL7 writes it: ``extension^^^&root&ISO``."""
    return f"{identifier.extension}^^^&{identifier.root}&ISO"


def _number(identifier: Identifier | None) -> Text | None:
    """A document's number as TXA writes it: ``extension^^root^ISO``, or the OID alone."""
    if identifier is None:
        return None
    extension, root = identifier.extension, identifier.root
    return same(f"{extension}^^{root}^ISO" if extension else root)


def _senders(seen: Seen, *_: str) -> Text | None:
    return same(", ".join(seen.declared)) if seen.declared else None


def _ins(seen: Seen, *_: str) -> Text | None:
    ins = seen.document.patient.ins if seen.document else None
    return same(f"{ins.value}^^^{ins.issuer}&{ins.oid}&ISO") if ins else None


def _local_ids(seen: Seen, *_: str) -> Text | None:
    ids = seen.document.patient.local_ids if seen.document else ()
    return same(" ~ ".join(map(_written, ids))) if ids else None


def _document_number(seen: Seen, *_: str) -> Text | None:
    return _number(seen.document.id) if seen.document else None


def _replaced(seen: Seen, *_: str) -> Text | None:
    return _number(seen.document.replaces) if seen.document else None


def _qualified(_: Seen, location: str, __: str) -> Text | None:
    return KNOWN_IDENTITY if location == "PID^1^31" else None


def _action(seen: Seen, location: str, _: str) -> Text | None:
    """The value that goes with the first ORC-1, where that asks for an action."""
    order = seen.segments.get(("ORC", 1))
    control = order.text(1) if order else ""
    wanted = wanted_with(control)
    if wanted is None:
        return ACCEPTED["action_unknown"] if location.startswith("ORC") else None
    by_segment = {"ORC": control, "MSH": f"MDM^{wanted.event}", "OBX": wanted.result_status}
    value = by_segment.get(location.partition("^")[0], "")
    return beside_order(value, control)


def _of_element(_: Seen, __: str, detail: str) -> Text | None:
    """The form of an element, by the end of its path."""
    steps = _POSITION.sub("", detail.removeprefix(_OF_CDA).partition(": ")[0]).split("/")
    return ELEMENTS.get("/".join(steps[-2:])) or ELEMENTS.get(steps[-1])


# The faults whose accepted values the rest of the message, or the site's file, decides.
_OWN: Final[Mapping[str, Callable[[Seen, str, str], Text | None]]] = {
    "undeclared_sender": _senders,
    "ins_mismatch": _ins,
    "patient_id_mismatch": _local_ids,
    "identity_not_qualified": _qualified,
    "action_missing": _action,
    "action_disagreement": _action,
    "document_number_missing": _document_number,
    "document_id_mismatch": _document_number,
    "parent_document_missing": _replaced,
    "parent_id_mismatch": _replaced,
    "cda_element_invalid": _of_element,
}
