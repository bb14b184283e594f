"""The link to the images that stands in a report, as IHE Invoke Image Display asks for a study.

``…/IHEInvokeImageDisplay?requestType=STUDY&studyUID=…&Accessionnumber=…&idCDA=…`` (CI-SIS
FR-DICOM-SOP-instance-observation). Reports are never written again, and their programs spell the
names in several ways: letter case is free, ``studyInstanceUID`` is ``studyUID``, and an identifier
is ``root.extension`` or ``root_extension``.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIELDS: Final = {
    "requesttype": "request",
    "studyuid": "study",
    "studyinstanceuid": "study",
    "accessionnumber": "accession",
    "idcda": "document",
}
_LONGEST: Final = 384
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


@frozen
class ReportLink:
    """The exam that a report's link names: a claim, until :mod:`linked_exam` has checked it."""

    study: Uid
    accession: str
    document: str

    def __repr__(self) -> str:
        return "ReportLink(…)"


def read_link(query: Mapping[str, Sequence[str]]) -> ReportLink:
    """The link of a query; BadRequest for a name that is unknown, missing or given twice, and for
    an ill-formed value.
    """
    found: dict[str, str] = {}
    for name, values in query.items():
        field = _FIELDS.get(name.lower())
        if field is None or field in found or len(values) != 1:
            raise BadRequest("query", code="bad_link")
        found[field] = _fit(values[0])
    if set(found) != set(_FIELDS.values()) or found["request"].upper() != "STUDY":
        raise BadRequest("query", code="bad_link")
    try:
        return ReportLink(Uid(found["study"]), found["accession"], found["document"])
    except ValueError:
        raise BadRequest("studyUID", code="bad_link") from None


def _fit(value: str) -> str:
    if not 0 < len(value) <= _LONGEST or any(unicodedata.category(c) in _HIDDEN for c in value):
        raise BadRequest("query", code="bad_link")
    return value
