"""ebRIM 3.0 as XDS uses it (ITI TF-3 4.2): reading objects, and the order of their parts.

:func:`structure_errors` judges the XML alone, as the schema does; the readers below never fail:
they leave missing parts empty, so that the rules can name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from simulators.dmp.markup import NAMESPACES, children, local_name, name, text

LONG_NAME: Final = 256
FREE_TEXT: Final = 1024
_RIM: Final = NAMESPACES["rim"]
# Order of the parts of a registry object (RegistryObjectType, ExtrinsicObjectType of rim.xsd).
_RANK: Final = {
    part: rank
    for rank, part in enumerate(
        (
            "Slot",
            "Name",
            "Description",
            "VersionInfo",
            "Classification",
            "ExternalIdentifier",
            "ContentVersionInfo",
        )
    )
}
_ONCE: Final = frozenset({"Name", "Description", "VersionInfo", "ContentVersionInfo"})
_OBJECT: Final = frozenset({"id", "home", "lid", "objectType", "status"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """The content model of one element: parts by name, required and optional attributes."""

    parts: frozenset[str]
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


_PARTS: Final = frozenset(_RANK) - {"ContentVersionInfo"}
_SHAPES: Final = {
    "RegistryObjectList": _Shape(
        frozenset({"RegistryPackage", "ExtrinsicObject", "Association", "Classification"}),
        frozenset(),
    ),
    "RegistryPackage": _Shape(_PARTS, frozenset({"id"}), _OBJECT),
    "ExtrinsicObject": _Shape(
        frozenset(_RANK), frozenset({"id", "mimeType", "objectType"}), _OBJECT | {"isOpaque"}
    ),
    "Association": _Shape(
        _PARTS, frozenset({"id", "associationType", "sourceObject", "targetObject"}), _OBJECT
    ),
    "Classification": _Shape(
        _PARTS,
        frozenset({"id", "classifiedObject"}),
        _OBJECT | {"classificationScheme", "classificationNode", "nodeRepresentation"},
    ),
    "ExternalIdentifier": _Shape(
        _PARTS, frozenset({"id", "registryObject", "identificationScheme", "value"}), _OBJECT
    ),
    "Slot": _Shape(frozenset({"ValueList"}), frozenset({"name"}), frozenset({"slotType"})),
    "ValueList": _Shape(frozenset({"Value"}), frozenset()),
    "Value": _Shape(frozenset(), frozenset()),
    "Name": _Shape(frozenset({"LocalizedString"}), frozenset()),
    "Description": _Shape(frozenset({"LocalizedString"}), frozenset()),
    "LocalizedString": _Shape(
        frozenset(),
        frozenset({"value"}),
        frozenset({"charset", "{http://www.w3.org/XML/1998/namespace}lang"}),
    ),
    "VersionInfo": _Shape(frozenset(), frozenset(), frozenset({"versionName", "comment"})),
    "ContentVersionInfo": _Shape(frozenset(), frozenset(), frozenset({"versionName", "comment"})),
}


def structure_errors(element: etree._Element) -> Iterator[str]:
    """The faults in the XML of ``element`` and everything in it, one line per fault."""
    local = local_name(element)
    if etree.QName(element).namespace != _RIM or local not in _SHAPES:
        yield f"element not expected: {local}"
        return
    shape = _SHAPES[local]
    given = {str(attribute) for attribute in element.attrib}
    for attribute in sorted(shape.required - given):
        yield f"{local} without attribute {attribute}"
    for attribute in sorted(given - shape.required - shape.optional):
        yield f"{local} with unknown attribute {etree.QName(attribute).localname}"
    yield from _length_errors(element, local)
    yield from _order_errors(element, local, shape)
    for child in element:
        yield from structure_errors(child)


def _length_errors(element: etree._Element, local: str) -> Iterator[str]:
    if local == "Value":
        if len(element.text or "") > LONG_NAME:
            yield f"Value longer than {LONG_NAME}"
    elif (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield f"text inside {local}"
    if local == "LocalizedString" and len(element.get("value", "")) > FREE_TEXT:
        yield f"LocalizedString longer than {FREE_TEXT}"
    for attribute in ("nodeRepresentation", "name"):
        if len(element.get(attribute, "")) > LONG_NAME:
            yield f"{local} {attribute} longer than {LONG_NAME}"
    if local == "ExternalIdentifier" and len(element.get("value", "")) > LONG_NAME:
        yield f"{local} value longer than {LONG_NAME}"


def _order_errors(element: etree._Element, local: str, shape: _Shape) -> Iterator[str]:
    parts = [local_name(child) for child in element]
    for part in sorted(set(parts) - shape.parts):
        yield f"{part} inside {local}"
    ranks = [_RANK.get(part, 0) for part in parts]
    if local != "RegistryObjectList" and ranks != sorted(ranks):
        yield f"parts of {local} out of order"
    for part in sorted(_ONCE):
        if parts.count(part) > 1:
            yield f"{part} twice in {local}"
    if local == "Slot" and parts != ["ValueList"]:
        yield "Slot without exactly one ValueList"


def in_order(element: etree._Element) -> None:
    """Put the parts of a registry object in the schema's order, in place."""
    element[:] = sorted(element, key=lambda child: _RANK.get(local_name(child), len(_RANK)))


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value of a classification: nodeRepresentation, codingScheme, display name."""

    code: str
    scheme: str
    display: str


@dataclass(frozen=True, slots=True)
class Classification:
    """``slots`` holds everything but the parts of a code; an author has slots only."""

    scheme: str
    node: str
    target: str
    code: Code
    slots: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ExternalIdentifier:
    """``kind`` is its Name, such as XDSDocumentEntry.uniqueId."""

    scheme: str
    value: str
    target: str
    kind: str


@dataclass(frozen=True, slots=True)
class RegistryObject:
    """A registry package or an extrinsic object. ``repeated_slots`` are names found twice."""

    id: str
    mime_type: str
    object_type: str
    status: str
    title: str
    slots: Mapping[str, tuple[str, ...]]
    repeated_slots: frozenset[str]
    classifications: tuple[Classification, ...]
    identifiers: tuple[ExternalIdentifier, ...]
    element: etree._Element

    def slot(self, slot_name: str) -> tuple[str, ...]:
        """The values of a slot; () when it is absent."""
        return self.slots.get(slot_name, ())

    def codes(self, scheme: str) -> tuple[Code, ...]:
        """The coded values of a classification scheme, in order."""
        return tuple(c.code for c in self.classifications if c.scheme == scheme)

    def identifier(self, scheme: str) -> str:
        """The value of the external identifier of that scheme; "" when absent."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), "")


@dataclass(frozen=True, slots=True)
class Association:
    """``slots`` holds the values of every slot of a name, also when it comes twice."""

    id: str
    kind: str
    source: str
    target: str
    slots: Mapping[str, tuple[str, ...]]

    def slot(self, slot_name: str) -> tuple[str, ...]:
        """The values of a slot; () when it is absent."""
        return self.slots.get(slot_name, ())


def read_object(element: etree._Element) -> RegistryObject:
    """A RegistryPackage or ExtrinsicObject, whatever the order of its parts."""
    slot_names = [slot.get("name", "") for slot in children(element, "rim:Slot")]
    return RegistryObject(
        id=element.get("id", ""),
        mime_type=element.get("mimeType", ""),
        object_type=element.get("objectType", ""),
        status=element.get("status", ""),
        title=_localized(element, "rim:Name"),
        slots=read_slots(element),
        repeated_slots=frozenset(n for n in slot_names if slot_names.count(n) > 1),
        classifications=tuple(
            read_classification(c) for c in children(element, "rim:Classification")
        ),
        identifiers=tuple(
            ExternalIdentifier(
                scheme=identifier.get("identificationScheme", ""),
                value=identifier.get("value", ""),
                target=identifier.get("registryObject", ""),
                kind=_localized(identifier, "rim:Name"),
            )
            for identifier in children(element, "rim:ExternalIdentifier")
        ),
        element=element,
    )


def read_classification(element: etree._Element) -> Classification:
    """A Classification, as a code and as what else it says."""
    slots = read_slots(element)
    scheme = slots.get("codingScheme", ())
    return Classification(
        scheme=element.get("classificationScheme", ""),
        node=element.get("classificationNode", ""),
        target=element.get("classifiedObject", ""),
        code=Code(
            code=element.get("nodeRepresentation", ""),
            scheme=scheme[0] if len(scheme) == 1 else "",
            display=_localized(element, "rim:Name"),
        ),
        slots=slots,
    )


def read_association(element: etree._Element) -> Association:
    """An Association of the submission."""
    slots: dict[str, tuple[str, ...]] = {}
    for slot in children(element, "rim:Slot"):
        key = slot.get("name", "")
        slots[key] = slots.get(key, ()) + _values(slot)
    return Association(
        id=element.get("id", ""),
        kind=element.get("associationType", ""),
        source=element.get("sourceObject", ""),
        target=element.get("targetObject", ""),
        slots=slots,
    )


def read_slots(element: etree._Element) -> dict[str, tuple[str, ...]]:
    """The slots of an element: name -> values without surrounding white space."""
    slots: dict[str, tuple[str, ...]] = {}
    for slot in children(element, "rim:Slot"):
        slots.setdefault(slot.get("name", ""), _values(slot))
    return slots


def _values(slot: etree._Element) -> tuple[str, ...]:
    path = f"{name('rim:ValueList')}/{name('rim:Value')}"
    return tuple(text(value) for value in slot.iterfind(path))


def _localized(element: etree._Element, qualified: str) -> str:
    found = element.find(f"{name(qualified)}/{name('rim:LocalizedString')}")
    return "" if found is None else found.get("value", "")
