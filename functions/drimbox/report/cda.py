"""The header of a report: a CDA R2 document of the volet IMG-CR-IMG, any level of body.

An element is mandatory here if the CI-SIS makes it mandatory and a manifest needs it; others may be
absent. Elements are chosen by meaning (root, qualifier, code system), never by position. An element
with a nullFlavor and no value is absent. A time without zone is the site's local time and stays
naive; a date alone is its midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Final

from lxml import etree

from functions.drimbox.errors import MessageError
from functions.drimbox.identity.ins import Ins, is_ins_oid
from functions.drimbox.identity.parties import (
    PROFESSIONAL_OID,
    STRUCTURE_OID,
    Code,
    Identifier,
    Interval,
    Organisation,
    Patient,
    Professional,
)
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.report.conditions import NO_INS, TRAITS_INCOMPLETE, Condition
from functions.drimbox.report.model import ClinicalDocument, Exam, Order
from functions.drimbox.safe_xml import UnsafeXml, parse

_NS: Final = {"c": "urn:hl7-org:v3", "d": "urn:dicom-org:ps3-20"}
_ROOT: Final = "{urn:hl7-org:v3}ClinicalDocument"
_NAMES: Final = "{urn:hl7-org:v3}"

# A report has a few studies, each becomes a publication: a bound on the publications of one
# message.
MAX_EXAMS: Final = 50

DCM: Final = "1.2.840.10008.2.16.4"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"
# The kind of a translation of the act, by its qualifier's name code, else by its code system (the
# value sets JDV 618 and 695 stood there in older documents); anything else is a procedure (CCAM).
_QUALIFIER: Final = {"121139": "modality", "39111-0": "region"}
_SYSTEM: Final = {
    DCM: "modality",
    "1.2.250.1.213.1.1.5.618": "modality",
    SNOMED_CT: "region",
    "1.2.250.1.213.1.1.5.695": "region",
}
# administrativeGenderCode -> M, F, O, U; UN (undifferentiated) is DICOM's "other".
_SEX: Final = {"M": "M", "F": "F", "O": "O", "UN": "O", "U": "U"}
_CONFIDENTIALITY: Final = frozenset({"N", "R", "V"})
_TIME: Final = re.compile(
    r"(?P<day>[0-9]{8})(?P<time>(?:[0-9]{2}){0,2}|[0-9]{6}(?:\.[0-9]+)?)"
    r"(?P<zone>[+-](?:0[0-9]|1[0-4])[0-5][0-9])?"
)
# Years that are written in four digits and stay in the calendar in every zone.
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 9998


class _Fault(Exception):
    """Something is wrong with one element; turned into a MessageError where OBX is known."""

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


def _missing(element: str) -> _Fault:
    return _Fault("cda_element_missing", element)


def _invalid(element: str) -> _Fault:
    return _Fault("cda_element_invalid", element, Condition.DATA_TYPE)


def read_cda(data: bytes, *, location: str = "OBX^1^5") -> ClinicalDocument:
    """Read the header of the CDA in ``data`` (XML, as received).

    Orders and exams come in document order and are not matched here: one Exam per study id of each
    documentationOf; a documentationOf without study id (screening) is skipped. Names: BR is the
    birth name, CL the used one; without BR the unqualified name, then SP (older documents).

    Raises MessageError at ``location`` (ERR-2) whose detail names the element:
    ``document_not_xml``, ``document_not_cda``, ``cda_element_missing``, ``cda_element_invalid``,
    ``ins_missing`` (903), ``ins_invalid``, ``traits_incomplete`` (905), ``study_missing``,
    ``too_many_studies`` (more than MAX_EXAMS).
    """
    try:
        return _document(_root(data))
    except _Fault as fault:
        raise MessageError(
            fault.code,
            location=location,
            condition=fault.condition,
            application_code=fault.application_code,
            detail=f"CDA: {fault.element}",
        ) from None


def _root(data: bytes) -> etree._Element:
    try:
        root = parse(_without_large_contents(data))
    except UnsafeXml as error:
        raise _Fault("document_not_xml", str(error), Condition.DATA_TYPE) from None
    if root.tag != _ROOT:
        raise _Fault("document_not_cda", "ClinicalDocument", Condition.DATA_TYPE)
    return root


# A base64 content as long as this is a picture or a PDF: we do not read the body.
_LARGE_CONTENT: Final = 1024 * 1024
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]+")


def _without_large_contents(data: bytes) -> bytes:
    """``data`` without the runs of base64 that are too long to be anything but a content.

    The parser's own limits (one text of 10 MB) stay as they are for all the rest. No character of
    a run means anything to XML, so that the document is otherwise the same.
    """
    if len(data) <= _LARGE_CONTENT:
        return data
    kept: list[bytes] = []
    start = 0
    for run in _BASE64.finditer(data):
        if run.end() - run.start() > _LARGE_CONTENT:
            kept.append(data[start : run.start()])
            start = run.end()
    return b"".join((*kept, data[start:]))


def _document(root: etree._Element) -> ClinicalDocument:
    confidentiality = _value(root, "c:confidentialityCode", "code")
    if confidentiality not in _CONFIDENTIALITY:
        raise _Fault(
            "cda_element_invalid" if confidentiality else "cda_element_missing",
            "confidentialityCode",
            Condition.TABLE_VALUE if confidentiality else Condition.REQUIRED_FIELD,
        )
    custodian = root.find("c:custodian/c:assignedCustodian/c:representedCustodianOrganization", _NS)
    return ClinicalDocument(
        id=_identifier(root, "id"),
        set_id=_optional_identifier(root.find("c:setId", _NS)),
        version=_version(root),
        replaces=_optional_identifier(
            root.find("c:relatedDocument[@typeCode='RPLC']/c:parentDocument/c:id", _NS)
        ),
        code=_required_code(root, "code"),
        title=_text(root.find("c:title", _NS)),
        effective_time=_required_time(root, "effectiveTime"),
        confidentiality=confidentiality,
        patient=_patient(root),
        author=_author(root),
        legal_authenticator=_legal_authenticator(root),
        custodian=_organisation(custodian),
        orders=_orders(root),
        exams=_exams(root),
        facility_type=_code(
            root.find(
                "c:componentOf/c:encompassingEncounter/c:location/c:healthCareFacility/c:code", _NS
            )
        ),
        validated_at=_validated_at(root),
    )


def _path(steps: str) -> str:
    return "/".join(f"c:{step}" for step in steps.split("/"))


def _value(parent: etree._Element, path: str, attribute: str) -> str:
    """The attribute of the first element at ``path``, stripped; "" when absent."""
    element = parent.find(path, _NS)
    return "" if element is None else element.get(attribute, "").strip()


def _text(element: etree._Element | None) -> str:
    return "" if element is None else " ".join((element.text or "").split())


def _optional_identifier(element: etree._Element | None) -> Identifier | None:
    root = "" if element is None else element.get("root", "").strip()
    return Identifier(root, _extension(element)) if element is not None and root else None


def _extension(element: etree._Element) -> str:
    return element.get("extension", "").strip()


def _identifier(parent: etree._Element, steps: str) -> Identifier:
    identifier = _optional_identifier(parent.find(_path(steps), _NS))
    if identifier is None:
        raise _missing(steps)
    return identifier


def _code(element: etree._Element | None) -> Code | None:
    code = "" if element is None else element.get("code", "").strip()
    if element is None or not code:
        return None
    return Code(code, element.get("codeSystem", "").strip(), element.get("displayName", "").strip())


def _required_code(parent: etree._Element, steps: str) -> Code:
    code = _code(parent.find(_path(steps), _NS))
    if code is None:
        raise _missing(steps)
    return code


def _version(root: etree._Element) -> int:
    value = _value(root, "c:versionNumber", "value") or "1"
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise _invalid("versionNumber")
    return int(value)


def _time(element: etree._Element | None, name: str) -> datetime | None:
    """A TS of the CDA data types, to the day at least; aware when it has a zone; no fractions."""
    value = "" if element is None else element.get("value", "").strip()
    if not value:
        return None
    match = _TIME.fullmatch(value)
    if match is None:
        raise _invalid(name)
    day, time, zone = match["day"], match["time"][:6].ljust(6, "0"), match["zone"]
    if not _FIRST_YEAR <= int(day[:4]) <= _LAST_YEAR:
        raise _invalid(name)
    try:
        moment = datetime(  # noqa: DTZ001 - naive is the site's local time
            int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:])
        )
    except ValueError:
        raise _invalid(name) from None
    if zone is None:
        return moment
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    return moment.replace(tzinfo=timezone(-offset if zone[0] == "-" else offset))


def _required_time(parent: etree._Element, steps: str) -> datetime:
    time = _time(parent.find(_path(steps), _NS), steps)
    if time is None:
        raise _missing(steps)
    return time


def _interval(event: etree._Element) -> Interval:
    """low and high; a single value is both."""
    moment = _time(event.find("c:effectiveTime", _NS), "serviceEvent/effectiveTime")
    return Interval(
        *(
            _time(
                event.find(f"c:effectiveTime/c:{side}", _NS), f"serviceEvent/effectiveTime/{side}"
            )
            or moment
            for side in ("low", "high")
        )
    )


def _ins(role: etree._Element) -> Ins:
    found = {
        (_extension(element), element.get("root", "").strip())
        for element in role.iterfind("c:id", _NS)
        if is_ins_oid(element.get("root", "").strip())
    }
    if not found:
        raise _Fault("ins_missing", "recordTarget/patientRole/id", application_code=NO_INS)
    try:
        (value, oid) = found.pop()
        ins = Ins(value, Oid(oid))
    except ValueError:
        raise _Fault("ins_invalid", "recordTarget/patientRole/id", Condition.DATA_TYPE) from None
    if found:
        raise _Fault(
            "ins_invalid", "recordTarget/patientRole/id: more than one INS", Condition.DATA_TYPE
        )
    return ins


class _PersonName:
    """The parts of a name by qualifier, "" for those without any; repeated parts are joined."""

    def __init__(self, name: etree._Element | None) -> None:
        self._parts: dict[tuple[str, str], list[str]] = {}
        for element in () if name is None else name.iterfind("*"):
            for qualifier in element.get("qualifier", "").split() or [""]:
                key = (element.tag.removeprefix(_NAMES), qualifier)
                if text := _text(element):
                    self._parts.setdefault(key, []).append(text)

    def all(self, part: str, *qualifiers: str) -> str:
        """Every value of the first of ``qualifiers`` that has one, joined by a space."""
        return next(
            (" ".join(self._parts[part, q]) for q in qualifiers if (part, q) in self._parts), ""
        )

    def first(self, part: str, *qualifiers: str) -> str:
        """The first value of the first of ``qualifiers`` that has one."""
        return next((self._parts[part, q][0] for q in qualifiers if (part, q) in self._parts), "")


def _patient(root: etree._Element) -> Patient:
    role = root.find("c:recordTarget/c:patientRole", _NS)
    if role is None:
        raise _missing("recordTarget/patientRole")
    ins = _ins(role)
    name = _PersonName(role.find("c:patient/c:name", _NS))
    family, spouse = name.first("family", "BR", ""), name.first("family", "SP")
    birth_family = family or spouse
    birth_given = name.first("given", "BR", "")
    sex = _SEX.get(_value(role, "c:patient/c:administrativeGenderCode", "code"), "")
    traits = {
        "patient/name/family": birth_family,
        "patient/name/given": birth_given,
        "patient/birthTime": _birth_date(role),
        "patient/administrativeGenderCode": sex,
    }
    for element, value in traits.items():
        if not value:
            raise _Fault("traits_incomplete", element, application_code=TRAITS_INCOMPLETE)
    identifiers = map(_optional_identifier, role.iterfind("c:id", _NS))
    return Patient(
        ins=ins,
        local_ids=tuple(i for i in identifiers if i is not None and not is_ins_oid(i.root)),
        birth_family=birth_family,
        birth_given=birth_given,
        birth_givens=name.all("given", "", "BR"),
        used_family=name.first("family", "CL") or (spouse if family else ""),
        used_given=name.first("given", "CL"),
        birth_date=traits["patient/birthTime"],
        sex=sex,
        birth_place=_text(role.find("c:patient/c:birthplace/c:place/c:addr/c:county", _NS)),
    )


def _birth_date(role: etree._Element) -> str:
    moment = _time(role.find("c:patient/c:birthTime", _NS), "patient/birthTime")
    return "" if moment is None else f"{moment:%Y%m%d}"


def _organisation(element: etree._Element | None) -> Organisation | None:
    """The organisation, when it has a national structure id."""
    if element is None:
        return None
    structure = element.find(f"c:id[@root='{STRUCTURE_OID}']", _NS)
    structure_id = "" if structure is None else _extension(structure)
    if not structure_id:
        return None
    return Organisation(
        structure_id,
        _text(element.find("c:name", _NS)),
        _code(element.find("c:standardIndustryClassCode", _NS)),
    )


def _professional(element: etree._Element | None, steps: str) -> Professional:
    if element is None:
        raise _missing(steps)
    identifier = element.find(f"c:id[@root='{PROFESSIONAL_OID}']", _NS)
    if identifier is None or not _extension(identifier):
        raise _missing(f"{steps}/id")
    name = _PersonName(element.find("c:assignedPerson/c:name", _NS))
    family = name.first("family", "", "CL", "SP", "BR")
    if not family:
        raise _missing(f"{steps}/assignedPerson/name/family")
    # G15_10/SM44: table G15, profession 10; specialty SM44 (CI-SIS, professions et spécialités).
    profession, _, specialty = _value(element, "c:code", "code").partition("/")
    return Professional(
        identifier=_extension(identifier),
        family=family,
        given=name.all("given", "", "CL", "BR"),
        profession=profession.rpartition("_")[2],
        specialty=specialty,
        organisation=_organisation(element.find("c:representedOrganization", _NS)),
    )


def _author(root: etree._Element) -> Professional:
    """The first author who is a person: a device may be another one."""
    element = root.find("c:author/c:assignedAuthor[c:assignedPerson]", _NS)
    return _professional(element, "author/assignedAuthor")


def _legal_authenticator(root: etree._Element) -> Professional:
    steps = "legalAuthenticator/assignedEntity"
    professional = _professional(root.find(_path(steps), _NS), steps)
    # The certificates of the publication are those of this organisation.
    if professional.organisation is None:
        raise _missing(f"{steps}/representedOrganization/id")
    return professional


def _validated_at(root: etree._Element) -> datetime | None:
    """The time of the legal authenticator's signature; an unreadable time stops no report."""
    try:
        return _time(root.find("c:legalAuthenticator/c:time", _NS), "legalAuthenticator/time")
    except _Fault:
        return None


def _orders(root: etree._Element) -> tuple[Order, ...]:
    orders = tuple(_order(element) for element in root.iterfind("c:inFulfillmentOf/c:order", _NS))
    if not orders:
        raise _missing("inFulfillmentOf/order")
    return orders


def _order(element: etree._Element) -> Order:
    placer = _optional_identifier(element.find("c:id", _NS))
    accession = _optional_identifier(element.find("d:accessionNumber", _NS))
    if placer is None or not placer.extension:
        raise _missing("inFulfillmentOf/order/id")
    if accession is None or not accession.extension:
        raise _missing("inFulfillmentOf/order/accessionNumber")
    return Order(placer, accession)


def _exams(root: etree._Element) -> tuple[Exam, ...]:
    exams = tuple(
        exam
        for event in root.iterfind("c:documentationOf/c:serviceEvent", _NS)
        for exam in _exams_of(event)
    )
    if not exams:
        raise _Fault("study_missing", "documentationOf/serviceEvent/id")
    if len(exams) > MAX_EXAMS:
        raise _Fault("too_many_studies", "documentationOf/serviceEvent/id", Condition.APPLICATION)
    return exams


def _study_uids(event: etree._Element) -> Iterator[Uid]:
    """The ids that are the root alone, or say "studyInstanceUID" as extension (older documents)."""
    for element in event.iterfind("c:id", _NS):
        root = element.get("root", "").strip()
        if root and _extension(element).lower() in ("", "studyinstanceuid"):
            try:
                yield Uid(root)
            except ValueError:
                raise _invalid("documentationOf/serviceEvent/id") from None


def _exams_of(event: etree._Element) -> Iterator[Exam]:
    uids = tuple(_study_uids(event))
    if not uids:
        return
    translations: dict[str, list[Code]] = {"modality": [], "region": [], "procedure": []}
    for element in event.iterfind("c:code/c:translation", _NS):
        if (code := _code(element)) is not None:
            qualifier = _value(element, "c:qualifier/c:name", "code")
            kind = _QUALIFIER.get(qualifier) or _SYSTEM.get(code.system, "procedure")
            translations[kind].append(code)
    act = _required_code(event, "code")
    period = _interval(event)
    performer = _performer(event)
    for uid in uids:
        yield Exam(
            study_instance_uid=uid,
            act=act,
            procedures=tuple(translations["procedure"]),
            modalities=tuple(translations["modality"]),
            regions=tuple(translations["region"]),
            period=period,
            performer=performer,
        )


def _performer(event: etree._Element) -> Professional | None:
    performer = event.find("c:performer[@typeCode='PRF']", _NS)
    if performer is None:
        performer = event.find("c:performer", _NS)
    if performer is None:
        return None
    steps = "serviceEvent/performer/assignedEntity"
    return _professional(performer.find("c:assignedEntity", _NS), steps)
