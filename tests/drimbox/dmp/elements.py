"""The parts of a submission's metadata, as the tests look at them."""

from __future__ import annotations

from lxml import etree

from functions.drimbox.dmp import metadata, xds
from functions.drimbox.safe_xml import parse
from tests.drimbox.dmp import samples

NS = {"rim": xds.RIM, "lcm": xds.LCM}


def build(**changes: object) -> etree._Element:
    return parse(metadata.build(samples.submission_facts(**changes)))


def slots(element: etree._Element) -> dict[str, list[str]]:
    return {
        str(slot.get("name")): [str(v.text) for v in slot.iterfind(".//rim:Value", NS)]
        for slot in element.iterfind("rim:Slot", NS)
    }


def codes(element: etree._Element, scheme: str) -> list[tuple[str, str, str]]:
    found = element.iterfind(f"rim:Classification[@classificationScheme='{scheme}']", NS)
    return [
        (
            str(c.get("nodeRepresentation")),
            slots(c)["codingScheme"][0],
            str(c.find(".//rim:LocalizedString", NS).get("value")),  # type: ignore[union-attr]
        )
        for c in found
    ]


def part(root: etree._Element, object_id: str) -> etree._Element:
    found = root.find(f".//*[@id='{object_id}']")
    assert found is not None
    return found


def identifiers(element: etree._Element) -> dict[str, str]:
    return {
        str(e.get("identificationScheme")): str(e.get("value"))
        for e in element.iterfind("rim:ExternalIdentifier", NS)
    }


DEVICE = "899000000002^DRIMBox^EDITEUR^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^EI"


XON = r"Imagerie Ambroise \T\ fils^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447"


PATIENT_ID = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
