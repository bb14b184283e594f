"""The orders and the studies of a CDA's header (inFulfillmentOf, documentationOf).

Every documentationOf is a study, or says that it is none: of an act that we cannot tell, the study
would be lost in silence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.parties import Code, Interval, Professional
from functions.drimbox.report.cda_elements import PS3_20, Fault, Node, invalid, missing, repeated
from functions.drimbox.report.cda_parties import read_professional
from functions.drimbox.report.code_forms import REGIONS, SNOMED_CT, may_be_of
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.model import Exam, Order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from functions.drimbox.oid import Uid

# A report has a few studies, each becomes a publication: a bound on the publications of one
# message.
MAX_EXAMS: Final = 50
# DICOM PS3.5 6.2: SH.
MAX_ACCESSION: Final = 16

DCM: Final = "1.2.840.10008.2.16.4"
_ICD_10: Final = "2.16.840.1.113883.6.3"
# A screening: Z11, Z12, Z13 (special screening examinations), with any subdivision.
_SCREENING: Final = re.compile(r"Z1[123](?:\.?[0-9])?")
# The kind of a translation of the act, by its qualifier's name code, else by its code system (the
# value sets JDV 618 and 695 stood there in older documents); anything else is a procedure (CCAM).
_QUALIFIER: Final = {"121139": "modality", "39111-0": "region"}
_SYSTEM: Final = {
    DCM: "modality",
    "1.2.250.1.213.1.1.5.618": "modality",
    SNOMED_CT: "region",
    REGIONS: "region",
}
# DICOM PS3.16 CID 29 as far as the national value set (JDV modalite-acquisition-cisis) takes it.
MODALITIES: Final = frozenset(
    {
        "AR", "BDUS", "BI", "BMD", "CR", "CT", "DG", "DMS", "DX", "ECG", "EEG", "EMG", "EOG", "EPS",
        "ES", "GM", "HD", "IO", "IVOCT", "IVUS", "KER", "LEN", "LS", "MG", "MR", "NM", "OAM", "OCT",
        "OP", "OPM", "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "POS", "PT", "PX", "RESP", "RF", "RG",
        "RTIMAGE", "SM", "SRF", "TG", "US", "VA", "XA", "XC",
    }
)  # fmt: skip


def read_orders(root: Node) -> tuple[Order, ...]:
    """Every order, at least one: the placer's number and the accession number."""
    orders = tuple(_order(node.required("order")) for node in root.all("inFulfillmentOf"))
    if not orders:
        raise missing("inFulfillmentOf")
    return orders


def _order(order: Node) -> Order:
    placer = order.only("id").number()
    accession = order.only("accessionNumber", namespace=PS3_20)
    return Order(placer, accession.number(most=MAX_ACCESSION))


def read_exams(root: Node) -> tuple[Exam, ...]:
    """One Exam per study id of each documentationOf, in document order; screenings are left out."""
    exams = tuple(
        exam
        for node in root.all("documentationOf")
        for exam in _exams(node.required("serviceEvent"))
    )
    if not exams:
        raise Fault("study_missing", "documentationOf/serviceEvent/id")
    if len(exams) > MAX_EXAMS:
        raise Fault("too_many_studies", "documentationOf/serviceEvent/id", Condition.CARDINALITY)
    return exams


def _exams(event: Node) -> Iterator[Exam]:
    uids = _study_uids(event)
    act_node = event.required("code")
    act = act_node.code()
    if not uids:
        if act.system != _ICD_10 or not _SCREENING.fullmatch(act.code):
            raise Fault("study_missing", event.step("id"))
        return
    _require_form(act_node, act)
    translations = _translations(act_node)
    period, performer = _period(event), _performer(event)
    for uid in uids:
        yield Exam(
            study_instance_uid=uid,
            act=act,
            procedures=translations["procedure"],
            modalities=translations["modality"],
            regions=translations["region"],
            period=period,
            performer=performer,
        )


def _study_uids(event: Node) -> tuple[Uid, ...]:
    """The ids: a root alone, or "studyInstanceUID" as its extension (older documents).

    An id of another form is no other number that we may pass over: it may be a study, ill-written.
    """
    uids = []
    for node in event.all("id", values=("root", "extension")):
        if node.attribute("extension").lower() not in ("", "studyinstanceuid"):
            raise invalid(node.path)
        uids.append(node.uid())
    return tuple(uids)


def _translations(act: Node) -> dict[str, tuple[Code, ...]]:
    found: dict[str, list[Code]] = {"modality": [], "region": [], "procedure": []}
    for node in act.all("translation"):
        code = node.code()
        _require_form(node, code)
        found[_kind(node, code)].append(code)
    if not found["modality"]:
        raise missing(f"{act.step('translation')}: a modality")
    return {kind: tuple(codes) for kind, codes in found.items()}


def _require_form(node: Node, code: Code) -> None:
    """A mistyped code hides the exam from the searches by act or region."""
    if not may_be_of(code.system, code.code):
        raise invalid(node.path, Condition.TABLE_VALUE)


def _kind(node: Node, code: Code) -> str:
    """modality, region or procedure; the qualifier and the code system may not contradict."""
    names = (qualifier.single("name") for qualifier in node.all("qualifier"))
    said = {_QUALIFIER[c] for name in names if name and (c := name.attribute("code")) in _QUALIFIER}
    by_system = _SYSTEM.get(code.system, "procedure")
    if said - {by_system}:
        raise invalid(node.path)
    if by_system == "modality" and code.code not in MODALITIES:
        raise invalid(node.path, Condition.TABLE_VALUE)
    return by_system


def _period(event: Node) -> Interval:
    """low and high; a single value is both."""
    node = event.single("effectiveTime")
    if node is None:
        return Interval()
    low, high = (node.single(side) for side in ("low", "high"))
    if node.attribute("value"):
        if low or high:
            raise invalid(node.path)
        return Interval(node.time(), node.time())
    return Interval(_moment(low), _moment(high))


def _moment(node: Node | None) -> datetime | None:
    return None if node is None else node.time()


def _performer(event: Node) -> Professional | None:
    """The performer PRF; without any, the only one of another kind."""
    nodes = event.all("performer")
    chosen = [node for node in nodes if node.attribute("typeCode") == "PRF"] or nodes
    if len(chosen) > 1:
        raise repeated(event.step("performer"))
    return read_professional(chosen[0].required("assignedEntity")) if chosen else None
