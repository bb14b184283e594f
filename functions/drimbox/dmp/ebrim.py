"""The elements of ebRIM, in the order that rim.xsd wants: Slot, Name, Description,
Classification, ExternalIdentifier (ITI TF-3 4.2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.errors import Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.identity.parties import Code

LONG_NAME: Final = 256  # rim.xsd: the most characters in a Value, an identifier, a code


class Ids:
    """Identifiers of the parts of one object: unique in the request, the same at every build."""

    def __init__(self, object_id: str) -> None:
        self.object_id = object_id
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return f"{self.object_id}-{self._count:02}"


def rim(name: str) -> str:
    """The name of an element of ebRIM, in its namespace."""
    return f"{{{xds.RIM}}}{name}"


def checked(text: str, name: str) -> str:
    """``text``; Held ``incomplete_report`` when it is longer than a Value may be."""
    if len(text) > LONG_NAME:
        raise Held("incomplete_report", f"{name} has more than {LONG_NAME} characters")
    return text


def slot(parent: etree._Element, name: str, values: Iterable[str]) -> None:
    """A Slot and its values."""
    slot = etree.SubElement(parent, rim("Slot"), name=name)
    listed = etree.SubElement(slot, rim("ValueList"))
    for value in values:
        etree.SubElement(listed, rim("Value")).text = checked(value, name)


def text(parent: etree._Element, element: str, value: str) -> None:
    """A Name or Description."""
    etree.SubElement(
        etree.SubElement(parent, rim(element)),
        rim("LocalizedString"),
        {"charset": "UTF8", "value": value, f"{{{xds.XML}}}lang": "FR"},
    )


def author(parent: etree._Element, ids: Ids, scheme: str, person: str, institution: str) -> None:
    """The classification that names an author; ``person`` is an XCN, ``institution`` an XON."""
    root = etree.SubElement(
        parent,
        rim("Classification"),
        classificationScheme=scheme,
        classifiedObject=ids.object_id,
        id=ids.next(),
        nodeRepresentation="",
    )
    slot(root, "authorPerson", (person,))
    slot(root, "authorInstitution", (institution,))


def classification(parent: etree._Element, ids: Ids, scheme: str, code: Code) -> None:
    """A coded classification; the label is cut to the length of a Value."""
    root = etree.SubElement(
        parent,
        rim("Classification"),
        classificationScheme=scheme,
        classifiedObject=ids.object_id,
        id=ids.next(),
        nodeRepresentation=checked(code.code, "code"),
    )
    slot(root, "codingScheme", (code.system,))
    text(root, "Name", (code.display or code.code)[:LONG_NAME])


def external_identifier(
    parent: etree._Element, ids: Ids, scheme: str, value: str, name: str
) -> None:
    """An ExternalIdentifier and its name."""
    root = etree.SubElement(
        parent,
        rim("ExternalIdentifier"),
        id=ids.next(),
        identificationScheme=scheme,
        registryObject=ids.object_id,
        value=value,
    )
    text(root, "Name", name)
