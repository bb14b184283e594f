"""The people and organisations of a CDA's header: the patient, professionals, structures.

Identifiers are chosen by their root, names by their qualifier, never by position.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.ins import INS_C_OIDS, NATIONAL_ARC, Ins, is_ins_oid, may_be_ins
from functions.drimbox.identity.parties import (
    PROFESSIONAL_OID,
    STRUCTURE_OID,
    Identifier,
    Organisation,
    Patient,
    Professional,
)
from functions.drimbox.identity.traits import BIRTH_PLACE
from functions.drimbox.oid import Oid
from functions.drimbox.report.cda_elements import Fault, Node, invalid, missing, repeated
from functions.drimbox.report.conditions import NO_INS, TRAITS_INCOMPLETE, Condition

if TYPE_CHECKING:
    from collections.abc import Callable

_GENDER_SYSTEM: Final = "2.16.840.1.113883.5.1"
# administrativeGenderCode -> M, F, O, U; UN (undifferentiated) is DICOM's "other".
_SEX: Final = {"M": "M", "F": "F", "O": "O", "UN": "O", "U": "U"}
_INS_AUTHORITY: Final = "ASIP-SANTE-INS"
# CDA R2, EntityNamePartQualifier. An unknown one may be that of the birth name, ill-written.
_QUALIFIERS: Final = frozenset(
    {"AC", "AD", "BR", "CL", "IN", "LS", "NB", "PR", "SP", "TITLE", "VV"}
)
# PS3.5 6.2, PN: a name that holds one was not split into its parts, or would be split by us.
_PN_SEPARATORS: Final = frozenset("\\^=")
_MAX_NAME: Final = 100
_MAX_GIVEN_NAMES: Final = 200
# G15_10/SM44: table G15, profession 10; specialty SM44 (CI-SIS, professions et spécialités).
# A code of another form names a role and no profession.
_PROFESSION: Final = re.compile(r"G[0-9]{2}_([0-9]{2})(?:/([0-9A-Z]+))?")
_STRUCTURE: Final = re.compile(r"[0-9A-Z]{9,20}")


class _PersonName:
    """The parts of a name by qualifier, "" for those without any."""

    def __init__(self, name: Node) -> None:
        self._path = name.path
        self._parts: dict[tuple[str, str], list[str]] = {}
        for part in ("family", "given"):
            for node in name.all(part):
                text = node.text(_MAX_NAME if part == "family" else _MAX_GIVEN_NAMES)
                if _PN_SEPARATORS & set(text):
                    raise invalid(f"{node.path}: a separator of DICOM")
                qualifiers = node.attribute("qualifier").split()
                if not _QUALIFIERS.issuperset(qualifiers):
                    raise invalid(node.path, Condition.TABLE_VALUE)
                for qualifier in qualifiers or [""]:
                    if text:
                        self._parts.setdefault((part, qualifier), []).append(text)

    def all(self, part: str, *qualifiers: str) -> str:
        """Every value of the first of ``qualifiers`` that has one, joined by a space."""
        return " ".join(self._values(part, qualifiers))

    def one(self, part: str, *qualifiers: str) -> str:
        """The only value of the first of ``qualifiers`` that has one, or ""."""
        values = self._values(part, qualifiers)
        if len(values) > 1:
            raise repeated(f"{self._path}/{part}")
        return values[0] if values else ""

    def first(self, part: str, *qualifiers: str) -> str:
        """The first value of the first of ``qualifiers`` that has one, or ""."""
        return next(iter(self._values(part, qualifiers)), "")

    def _values(self, part: str, qualifiers: tuple[str, ...]) -> list[str]:
        return next((self._parts[part, q] for q in qualifiers if (part, q) in self._parts), [])


def read_patient(root: Node) -> Patient:
    """recordTarget: the INS, the local identifiers, the strict traits (CI-SIS, annexe INS).

    BR is the birth name, CL the used one; without BR the unqualified name, then SP (older
    documents). The first birth given name is the one with BR, else the first without qualifier.
    """
    birth_family, birth_given, birth_givens, used_family, used_given = _names(root)
    return Patient(
        ins=_ins(root),
        local_ids=_local_ids(root),
        birth_family=birth_family,
        birth_given=birth_given,
        birth_givens=birth_givens,
        used_family=used_family,
        used_given=used_given,
        birth_date=_birth_date(root),
        sex=_sex(root),
        birth_place=_birth_place(root),
    )


def _role(root: Node) -> Node:
    return root.required("recordTarget/patientRole")


def _person(root: Node) -> Node:
    return _trait(_role(root), "patient")


def _names(root: Node) -> tuple[str, str, str, str, str]:
    name_node = _listed_trait(_person(root), "name")
    name = _PersonName(name_node)
    family, spouse = name.one("family", "BR", ""), name.one("family", "SP")
    birth_given = name.one("given", "BR") or name.first("given", "")
    for part, value in (("family", family or spouse), ("given", birth_given)):
        if not value:
            raise _incomplete(name_node.step(part))
    return (
        family or spouse,
        birth_given,
        name.all("given", "", "BR"),
        name.one("family", "CL") or (spouse if family else ""),
        name.one("given", "CL"),
    )


def _birth_date(root: Node) -> str:
    return f"{_trait(_person(root), 'birthTime').time():%Y%m%d}"


def _incomplete(element: str) -> Fault:
    return Fault("traits_incomplete", element, application_code=TRAITS_INCOMPLETE)


def _trait(parent: Node, name: str) -> Node:
    node = parent.single(name)
    if node is None:
        raise _incomplete(parent.step(name))
    return node


def _listed_trait(parent: Node, name: str) -> Node:
    """A trait of which CDA makes a list: a masked name may stand beside the person's."""
    if not parent.all(name):
        raise _incomplete(parent.step(name))
    return parent.only(name)


def _sex(root: Node) -> str:
    node = _trait(_person(root), "administrativeGenderCode")
    sex = _SEX.get(node.attribute("code"))
    if sex is None or node.attribute("codeSystem") != _GENDER_SYSTEM:
        raise invalid(node.path, Condition.TABLE_VALUE)
    return sex


def _birth_place(root: Node) -> str:
    address = _person(root)
    for step in ("birthplace", "place", "addr"):
        address = _trait(address, step)
    county = _listed_trait(address, "county")
    place = county.text()
    if not place:
        raise _incomplete(county.path)
    if not BIRTH_PLACE.fullmatch(place):
        raise invalid(county.path)
    return place


def _ins(root: Node) -> Ins:
    role = _role(root)
    found: dict[Identifier, Node] = {}
    for node in role.all("id"):
        identifier = Identifier(node.attribute("root"), node.attribute("extension"))
        if is_ins_oid(identifier.root):
            found[identifier] = node
        elif _says_ins(node):
            raise Fault("ins_unknown_oid", node.path, Condition.TABLE_VALUE)
    if not found:
        raise Fault("ins_missing", role.step("id"), application_code=NO_INS)
    if len(found) > 1:
        raise Fault("ins_invalid", f"{role.step('id')}: more than one INS", Condition.CARDINALITY)
    ((identifier, node),) = found.items()
    try:
        return Ins(identifier.extension, Oid(identifier.root))
    except ValueError:
        raise Fault("ins_invalid", node.path, Condition.DATA_TYPE) from None


def _says_ins(node: Node) -> bool:
    """An identifier may say so by the arc of its OID, or by the name of its authority.

    The INS-C, which is retired, is neither an INS nor a number of the site.
    """
    root, authority = node.attribute("root"), node.attribute("assigningAuthorityName").upper()
    return may_be_ins(root) or (root not in INS_C_OIDS and authority.startswith(_INS_AUTHORITY))


def _local_ids(root: Node) -> tuple[Identifier, ...]:
    """The numbers that sites gave, one of each root: of two, nobody knows which the images bear."""
    by_root: dict[str, Identifier] = {}
    for node in _role(root).all("id"):
        if node.attribute("root").startswith(NATIONAL_ARC):
            continue
        number = node.number()
        if by_root.setdefault(number.root, number) != number:
            raise repeated(node.path)
    return tuple(by_root.values())


# Each part is read by itself: a fault of one hides none of another.
PATIENT_PARTS: Final[tuple[Callable[[Node], object], ...]] = (
    _ins,
    _local_ids,
    _names,
    _birth_date,
    _sex,
    _birth_place,
)


def read_organisation(node: Node | None) -> Organisation | None:
    """The organisation, when it has a national structure id (…71.4.2.2)."""
    number = None if node is None else _national_number(node, STRUCTURE_OID)
    if node is None or number is None:
        return None
    if not _STRUCTURE.fullmatch(number):
        raise invalid(node.step("id"))
    setting = node.single("standardIndustryClassCode")
    names = node.all("name")
    return Organisation(
        number, names[0].label() if names else "", None if setting is None else setting.code()
    )


def _national_number(parent: Node, authority: str) -> str | None:
    """The number of that authority among the ids; two different ones are refused."""
    numbers = {node.number() for node in parent.all("id") if node.attribute("root") == authority}
    if len(numbers) > 1:
        raise repeated(parent.step("id"))
    return next((number.extension for number in numbers), None)


def read_professional(node: Node) -> Professional:
    """An assignedEntity or assignedAuthor: its national number (…71.4.2.1), name and profession."""
    identifier = _national_number(node, PROFESSIONAL_OID)
    if identifier is None:
        raise missing(node.step("id"))
    name_node = node.required("assignedPerson").only("name")
    name = _PersonName(name_node)
    family = name.one("family", "", "CL", "SP", "BR")
    if not family:
        raise missing(name_node.step("family"))
    code = node.single("code")
    named = _PROFESSION.fullmatch("" if code is None else code.attribute("code"))
    return Professional(
        identifier=identifier,
        family=family,
        given=name.all("given", "", "CL", "BR"),
        profession=named[1] if named else "",
        specialty=(named[2] or "") if named else "",
        organisation=read_organisation(node.single("representedOrganization")),
    )
