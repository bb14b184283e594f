"""Elements of a CDA as the header's readers take them: named, counted, present or absent.

The rules that hold for every element:

- An element with a nullFlavor is absent. With a nullFlavor and a value it contradicts itself: it
  is refused (``cda_null_flavor``), for either may be what the sender meant.
- An element that is read as single is refused when there are two (``cda_element_repeated``): null
  ones count too, unless CDA makes the element a list. A list has at most MAX_REPEATED members
  (``cda_too_many_elements``).
- An element of the right name in no namespace at all is a fault of the sender's serialiser, which
  would lose it in silence: it is refused.
- A value that identifies has no control or format character and no sign of a lost one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.parties import Code, Identifier
from functions.drimbox.oid import Uid
from functions.drimbox.report.cda_xml import V3
from functions.drimbox.report.conditions import Condition

if TYPE_CHECKING:
    from lxml import etree

PS3_20: Final = "urn:dicom-org:ps3-20"

MAX_REPEATED: Final = 100
# SH, LO and the forms of the DMP hold no longer identifier.
MAX_IDENTIFIER: Final = 64
MAX_TEXT: Final = 1024

# An element with a nullFlavor may not say these beside it; the root of an identifier may stand
# there (of an unknown number, the authority may be known).
_VALUES: Final = ("extension", "code", "value")
# A code that is in no code system (OTH) has its text and its translations all the same.
_BESIDE_NULL: Final = frozenset({f"{{{V3}}}originalText", f"{{{V3}}}translation"})
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Controls, and format characters, among them those that turn the direction of a text.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs"})
_LOST: Final = "\N{REPLACEMENT CHARACTER}"
_TIME: Final = re.compile(
    r"(?P<day>[0-9]{8})(?P<time>(?:[0-9]{2}){0,2}|[0-9]{6}(?:\.[0-9]+)?)"
    r"(?P<zone>[+-](?:0[0-9]|1[0-4])[0-5][0-9])?"
)
# Years that are written in four digits and stay in the calendar in every zone.
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 9998


class Fault(Exception):
    """Something is wrong with one element; turned into a MessageError where OBX is known.

    ``element`` is its path below ClinicalDocument, with the position of a member of a list.
    """

    def __init__(
        self,
        code: str,
        element: str,
        condition: Condition = Condition.REQUIRED_FIELD,
        application_code: str = "",
    ) -> None:
        super().__init__(code)
        self.code = code
        self.element = element
        self.condition = condition
        self.application_code = application_code


def missing(element: str) -> Fault:
    return Fault("cda_element_missing", element)


def invalid(element: str, condition: Condition = Condition.DATA_TYPE) -> Fault:
    return Fault("cda_element_invalid", element, condition)


def repeated(element: str) -> Fault:
    return Fault("cda_element_repeated", element, Condition.CARDINALITY)


class Node:
    """One present element and its path below ClinicalDocument ("" for the root)."""

    __slots__ = ("_element", "path")

    def __init__(self, element: etree._Element, path: str = "") -> None:
        self._element = element
        self.path = path

    def step(self, name: str) -> str:
        """The path of a child."""
        return f"{self.path}/{name}" if self.path else name

    def all(
        self, name: str, *, namespace: str = V3, values: tuple[str, ...] = _VALUES
    ) -> tuple[Node, ...]:
        """The present children of that name, at most MAX_REPEATED."""
        found = self._children(name, namespace, MAX_REPEATED)
        if len(found) > MAX_REPEATED:
            raise Fault("cda_too_many_elements", self.step(name), Condition.CARDINALITY)
        path = self.step(name)
        nodes = (
            Node(element, f"{path}[{position}]" if len(found) > 1 else path)
            for position, element in enumerate(found, 1)
        )
        return tuple(node for node in nodes if not node._is_null(values))

    def only(self, name: str, *, namespace: str = V3) -> Node:
        """The only present member of a list of CDA, of which the volet takes one."""
        nodes = self.all(name, namespace=namespace)
        if not nodes:
            raise missing(self.step(name))
        if len(nodes) > 1:
            raise repeated(self.step(name))
        return nodes[0]

    def single(self, name: str) -> Node | None:
        """The only child of that name; None when it is absent."""
        found = self._children(name, V3, 1)
        if len(found) > 1:
            raise repeated(self.step(name))
        node = Node(found[0], self.step(name)) if found else None
        return None if node is None or node._is_null(_VALUES) else node

    def required(self, steps: str) -> Node:
        """The element at ``steps`` (``a/b``), each single; the first absent one is named."""
        node = self
        for name in steps.split("/"):
            child = node.single(name)
            if child is None:
                raise missing(node.step(name))
            node = child
        return node

    def optional(self, steps: str) -> Node | None:
        """The element at ``steps``, each of them single; None when one of them is absent."""
        node: Node | None = self
        for name in steps.split("/"):
            if node is None:
                return None
            node = node.single(name)
        return node

    def _children(self, name: str, namespace: str, most: int) -> list[etree._Element]:
        """At most ``most`` + 1 of them: nothing looks at more."""
        found = list(islice(self._element.iterchildren(f"{{{namespace}}}{name}", name), most + 1))
        if any(element.tag == name for element in found):
            raise invalid(f"{self.step(name)}: no namespace")
        return found

    def _is_null(self, values: tuple[str, ...]) -> bool:
        if self._element.get("nullFlavor") is None:
            return False
        if (
            any(self._element.get(value, "").strip() for value in values)
            or (self._element.text or "").strip()
            or any(
                child.get("nullFlavor") is None and child.tag not in _BESIDE_NULL
                for child in self._element
            )
        ):
            raise Fault("cda_null_flavor", self.path, Condition.DATA_TYPE)
        return True

    def attribute(self, name: str, most: int = MAX_IDENTIFIER) -> str:
        """The attribute, stripped; "" when absent. It identifies: see the rules of the module."""
        return self._identifying(self._element.get(name, "").strip(), most)

    def text(self, most: int = MAX_TEXT) -> str:
        """The text, blanks collapsed; it identifies, so that no child may interrupt it."""
        if len(self._element):
            raise invalid(self.path)
        return self._identifying(_collapsed(self._element.text), most)

    def label(self) -> str:
        """A text for people, without its invisible characters."""
        return _visible(_collapsed(self._element.text))

    def _identifying(self, value: str, most: int) -> str:
        if len(value) > most:
            raise invalid(f"{self.path}: too long")
        if _LOST in value or _visible(value) != value:
            raise invalid(f"{self.path}: a character that no identifier holds")
        return value

    def identifier(self, *, uuid: bool = False, most: int = MAX_IDENTIFIER) -> Identifier:
        """An II whose root is an OID (PS3.5 9.1: 64 characters), with ``uuid`` also a UUID.

        The extension may be absent. It has no backslash, which separates values in DICOM.
        """
        root, extension = self.attribute("root"), self.attribute("extension", most)
        if not root and not extension:
            raise missing(self.path)
        if not (uuid and _UUID.fullmatch(root)):
            self._oid(root)
        if "\\" in extension:
            raise invalid(self.path)
        return Identifier(root, extension)

    def number(self, *, most: int = MAX_IDENTIFIER) -> Identifier:
        """An II whose extension is there: a number that an authority (OID) gave."""
        identifier = self.identifier(most=most)
        if not identifier.extension:
            raise missing(f"{self.path}/@extension")
        return identifier

    def uid(self) -> Uid:
        """The root as a DICOM UID."""
        return self._oid(self.attribute("root"))

    def _oid(self, text: str) -> Uid:
        try:
            return Uid(text)
        except ValueError:
            raise invalid(self.path) from None

    def code(self) -> Code:
        """A code of a code system (an OID), and its label, at most as long as ebRIM takes it."""
        code, system = self.attribute("code"), self.attribute("codeSystem")
        if not code:
            raise missing(f"{self.path}/@code")
        return Code(
            code,
            self._oid(system),
            _visible(_collapsed(self._element.get("displayName")))[:MAX_TEXT],
        )

    def time(self) -> datetime:
        """A TS, to the day at least; aware when it has a zone; no fractions."""
        value = self._element.get("value", "").strip()
        if not value:
            raise missing(f"{self.path}/@value")
        match = _TIME.fullmatch(value)
        if match is None or not _FIRST_YEAR <= int(match["day"][:4]) <= _LAST_YEAR:
            raise invalid(self.path)
        day, time, zone = match["day"], match["time"][:6].ljust(6, "0"), match["zone"]
        try:
            moment = datetime(  # noqa: DTZ001 - naive is the site's local time
                int(day[:4]),
                int(day[4:6]),
                int(day[6:]),
                int(time[:2]),
                int(time[2:4]),
                int(time[4:]),
            )
        except ValueError:
            raise invalid(self.path) from None
        if zone is None:
            return moment
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE)


def _collapsed(text: str | None) -> str:
    return " ".join((text or "").split())
