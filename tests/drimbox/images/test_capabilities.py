from __future__ import annotations

from functions.drimbox import safe_xml
from functions.drimbox.images.capabilities import RESOURCES, capabilities

NAME = "{http://wadl.dev.java.net/2009/02}"


def test_the_document_has_each_method_of_each_resource() -> None:
    document = capabilities("/tenants/demo/dicomweb/")
    root = safe_xml.parse(document, max_bytes=16 * 1024)
    assert root.tag == f"{NAME}application"
    (resources,) = root
    assert resources.get("base") == "/tenants/demo/dicomweb/"
    told = {
        one.get("path"): [(each.get("name"), each.get("id")) for each in one] for one in resources
    }
    assert told == {
        path: [(one.name, one.identifier) for one in methods] for path, methods in RESOURCES.items()
    }
    identifiers = [identifier for methods in told.values() for _, identifier in methods]
    assert len(set(identifiers)) == len(identifiers)


def test_forms_are_told_for_answers_and_for_bodies() -> None:
    root = safe_xml.parse(capabilities("/"))
    store = root.find(f".//{NAME}method[@id='StoreRejectionNotes']")
    assert store is not None
    sent, answered = store
    assert [one.get("mediaType") for one in sent] == ['multipart/related; type="application/dicom"']
    assert answered.get("status") == "200"
    assert [one.get("mediaType") for one in answered] == [
        "application/dicom+json",
        "application/dicom+xml",
    ]


def test_another_drimbox_reads_it_as_a_whole() -> None:
    """Ours reads at most 16 KiB of another one's capabilities."""
    assert len(capabilities("/tenants/demo/dicomweb/")) < 16 * 1024
