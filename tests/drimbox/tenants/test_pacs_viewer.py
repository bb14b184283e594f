"""functions.drimbox.tenants.pacs_viewer: one placeholder, and no other form of an address."""

from __future__ import annotations

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.tenants.pacs_viewer import read_viewer, viewer_link

UID = "{study_instance_uid}"


@pytest.mark.parametrize(
    ("template", "link"),
    [
        (
            f"https://pacs.site.example/IHEInvokeImageDisplay?requestType=STUDY&studyUID={UID}",
            "https://pacs.site.example/IHEInvokeImageDisplay?requestType=STUDY&studyUID=1.2.3",
        ),
        (f"https://10.1.2.3:8443/viewer/{UID}", "https://10.1.2.3:8443/viewer/1.2.3"),
        (f"https://pacs.site.example/viewer/?s={UID}&k=%7E", None),
        (f"https://pacs.site.example?s={UID}", None),
        (f"http://127.0.0.1:8042/open?s={UID}", None),
    ],
)
def test_the_study_has_its_place(template: str, link: str | None) -> None:
    assert read_viewer(template) == template
    found = viewer_link(template, Uid("1.2.3"))
    assert found == (link or template.replace(UID, "1.2.3"))


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://pacs.site.example/open",
        f"https://pacs.site.example/{UID}?s={UID}",
        f"https://pacs.site.example/?s={UID}&p={{patient_id}}",
        f"https://pacs.site.example/?s={UID}&a={{accession_number}}",
        f"https://pacs.site.example/?s={UID}&i={{ins}}",
        "https://pacs.site.example/?s={study_instance_uid!r}",
        f"https://pacs.site.example/?s={{{UID}}}",
        f"https://{UID}.site.example/open",
        f"https://pacs.site.example:{UID}/open",
        f"https://user@pacs.site.example/?s={UID}",
        f"https://pacs.site.example/?s={UID}#top",
        f"https://pacs.site.example/?s={UID}&x=%zz",
        f"https://pacs.site.example/?s={UID}&x=<script>",
        f"https://pacs.site.example/?s={UID}\n",
        f"https://pacs.site.example/../?s={UID}",
        f"http://pacs.site.example/?s={UID}",
        f"http://127.0.0.1/?s={UID}",
        f"javascript:alert({UID})",
        f"data:text/html,{UID}",
        f"//pacs.site.example/?s={UID}",
        f"weasis://?s={UID}",
    ],
)
def test_another_form_is_refused(template: str) -> None:
    with pytest.raises(ValueError):
        read_viewer(template)
