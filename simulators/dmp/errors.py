"""Registry errors and answers (ITI TF-3 4.2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulators.dmp.markup import NAMESPACES, name

_SEVERITY: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"


@dataclass(frozen=True, slots=True)
class RegistryError:
    """``code`` is that of TF-3 table 4.2.4.1-2; ``context`` names the fault, never a value;
    ``location`` is the id that the sender gave to the object, or "".
    """

    code: str
    context: str
    location: str = ""


def registry_response(errors: Sequence[RegistryError]) -> etree._Element:
    """rs:RegistryResponse of ITI-41 and ITI-57: Success without error, Failure with any."""
    element = etree.Element(name("rs:RegistryResponse"), nsmap={"rs": NAMESPACES["rs"]})
    _conclude(element, errors)
    return element


def query_response(
    objects: Sequence[etree._Element], errors: Sequence[RegistryError]
) -> etree._Element:
    """query:AdhocQueryResponse of ITI-18: the objects, or none with the errors."""
    nsmap = {prefix: NAMESPACES[prefix] for prefix in ("query", "rs", "rim")}
    element = etree.Element(name("query:AdhocQueryResponse"), nsmap=nsmap)
    _conclude(element, errors)
    found = etree.SubElement(element, name("rim:RegistryObjectList"))
    found.extend(objects)
    return element


_EMPTY: Final = b"<rim:RegistryObjectList/>"


def with_objects(envelope: bytes, objects: Sequence[bytes]) -> bytes:
    """The envelope of a :func:`query_response` without objects, with these in its list: elements
    as they were written once. A history of thousands is neither parsed nor written anew."""
    before, found, after = envelope.partition(_EMPTY)
    if not found:
        raise ValueError("not an answer with an empty list")
    return b"".join((before, _EMPTY[:-2], b">", *objects, b"</", _EMPTY[1:-2], b">", after))


def _conclude(element: etree._Element, errors: Sequence[RegistryError]) -> None:
    element.set("status", _STATUS + ("Failure" if errors else "Success"))
    if not errors:
        return
    listed = etree.SubElement(element, name("rs:RegistryErrorList"), highestSeverity=_SEVERITY)
    for error in errors:
        attributes = {
            "errorCode": error.code,
            "codeContext": error.context,
            "severity": _SEVERITY,
            "location": error.location,
        }
        etree.SubElement(
            listed,
            name("rs:RegistryError"),
            {key: value for key, value in attributes.items() if value},
        )
