"""The confidentiality of a clinical document: of its header and of each section."""

from __future__ import annotations

import pytest

from functions.drimbox.consultation.document_confidentiality import of_cda
from functions.drimbox.dmp.documents import restricting
from functions.drimbox.safe_xml import parse

SYSTEM = "2.16.840.1.113883.5.25"
NORMAL = f'<confidentialityCode code="N" codeSystem="{SYSTEM}"/>'


def told(header: str, section: str = "") -> list[tuple[str, str]]:
    inner = f"<component><section>{section}</section></component>"
    body = f"<component><structuredBody>{inner}</structuredBody></component>"
    root = parse(
        f'<ClinicalDocument xmlns="urn:hl7-org:v3">{header}{body}</ClinicalDocument>'.encode()
    )
    return [(one.code, one.system) for one in restricting(of_cda(root))]


@pytest.mark.parametrize(
    ("header", "section", "expected"),
    [
        (NORMAL, "", []),
        (NORMAL, NORMAL, []),
        (NORMAL.replace('"N"', '"R"'), "", [("R", SYSTEM)]),
        (NORMAL, NORMAL.replace('"N"', '" V "'), [("V", SYSTEM)]),
        (NORMAL.replace(SYSTEM, "1.2.3"), "", [("N", "1.2.3")]),
        ('<confidentialityCode code="N"/>', "", [("N", "")]),
        (NORMAL + NORMAL.replace('"N"', '"V"'), "", [("V", SYSTEM)]),
        (NORMAL.replace("/>", ' nullFlavor="MSK"/>'), "", [("", "")]),
        ("", "", [("", "")]),
        ("", NORMAL, [("", "")]),
    ],
)
def test_all_but_the_normal_code_restricts(
    header: str, section: str, expected: list[tuple[str, str]]
) -> None:
    assert told(header, section) == expected
