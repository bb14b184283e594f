"""The lines to paste: no progress meter, the local authority named, no command without it."""

from __future__ import annotations

from pathlib import Path

from infra.demo import tenants
from infra.demo.hints import hints
from infra.demo.journey import histories, write_patients
from infra.demo.layout import Layout
from infra.demo.play import Played

LAYOUT = Layout.read({"DRIMBOX_HOME": ".local"})
MADE = histories(LAYOUT)
PLAYED = Played("1.2.3", "1.2.3.4", "1.2.3.5", "279035121518989", "1.2.250.1.213.1.4.10")
LINES = list(hints(tenants.endpoints(LAYOUT), PLAYED, MADE[0]))
PUBLIC = Layout.read({"DRIMBOX_HOME": ".local", "DRIMBOX_LINK": "public"})


def test_every_curl_is_silent_and_trusts_the_local_authority() -> None:
    curls = [line for line in LINES if "curl" in line]
    assert len(curls) == 11
    assert all("curl -sS --cacert " in line for line in curls)


def test_the_in_host_is_shown_the_sender_s_certificate() -> None:
    to_in = [line for line in LINES if ":8441/" in line]
    assert len(to_in) == 3
    assert all("--cert " in line and "--key " in line for line in to_in)


def test_a_browser_is_told_the_authority() -> None:
    to_open = [line for line in LINES if "/_sim/ " in line or "the operator's page" in line]
    assert len(to_open) == 2
    for line in to_open:
        assert line.endswith("pki/ca.pem)")
        assert "(authority: " in line


def test_the_operator_is_told_where_and_as_whom_to_sign_in() -> None:
    [at] = [number for number, line in enumerate(LINES) if "the operator's page" in line]
    assert "https://127.0.0.1:8443/v1/tenants/demo/operations " in LINES[at]
    assert "Camille Exploitante" in LINES[at + 1]


def test_the_patients_of_the_ris_are_a_page_whose_buttons_call_the_vi_host(tmp_path: Path) -> None:
    path = write_patients(Layout.read({"DRIMBOX_HOME": str(tmp_path)}), MADE)
    page = path.read_text("utf-8")
    assert 'action="https://127.0.0.1:8443/tenants/demo/context"' in page
    first = page.index(MADE[0].patient.ins)
    assert first < page.index(MADE[1].patient.ins) < page.index("279035121518989")


def test_the_journey_ends_the_hints_with_the_ris_s_page() -> None:
    [at] = [number for number, line in enumerate(LINES) if "ris.html" in line]
    assert LINES[at].strip() == (LAYOUT.home / "ris.html").as_uri()
    words = " ".join(LINES[at:])
    assert MADE[0].patient.traits.family in words
    assert "11 exams of five sites" in words
    assert "hidden at first" in words
    assert [line for line in LINES if "-X DELETE" in line and "/_sim/faults" in line]


def test_the_sites_of_the_histories_are_of_this_stack() -> None:
    bases = {exam.site.key: exam.site.images for one in MADE for exam in one.plan.exams}
    assert bases["ambroise"] == "https://127.0.0.1:8442/tenants/demo/dicomweb"
    assert bases["meridien"].startswith("https://localhost:8455/")
    assert bases["roches"].startswith("https://127.0.0.9:8455/")
    assert ".example/" in bases["sablons"]


def test_a_site_behind_an_agent_is_shown_with_it() -> None:
    text = "\n".join(LINES)
    assert (
        "the site's agent         http://127.0.0.1:8459/ (the RIS's: mllp://127.0.0.1:8458)" in text
    )
    assert "simulators.ris send mllp://127.0.0.1:8458 .local/new-report.hl7" in text
    assert "pkill -9 -f 'agent run --config .*.local/agent/agent.yaml'" in text


def test_a_site_that_is_reached_directly_has_none() -> None:
    text = "\n".join(hints(tenants.endpoints(PUBLIC), PLAYED, MADE[0]))
    assert "the site's agent" not in text
    assert "mllp" not in text


def test_the_addresses_of_the_site_s_file_are_shown() -> None:
    own = {"news": "https://127.0.0.1:9443/news", "store": "http://127.0.0.1:8042/dicom-web"}
    for changes, line in (
        ({}, "the RIS's news           https://127.0.0.1:8457/ (authority"),
        (own, "the RIS's news           https://127.0.0.1:9443/news (of the site's file)"),
        (own, "the PACS (DICOMweb)      http://127.0.0.1:8042/dicom-web/studies"),
    ):
        endpoints = {**tenants.endpoints(LAYOUT), **changes}
        assert line in "\n".join(hints(endpoints, PLAYED, MADE[0]))
    endpoints = {**tenants.endpoints(LAYOUT), "news": ""}
    assert "the RIS's news" not in "\n".join(hints(endpoints, PLAYED, MADE[0]))


def test_a_stack_in_another_folder_is_told_with_its_own_paths(tmp_path: Path) -> None:
    """``DRIMBOX_HOME``: the lines named ``.local``, where nothing was, and killed no agent."""
    elsewhere = Layout.read({"DRIMBOX_HOME": str(tmp_path)})
    text = "\n".join(hints(tenants.endpoints(elsewhere), PLAYED, MADE[0]))
    assert ".local" not in text
    assert ".." not in text
    assert f"> {tmp_path}/new-report.hl7" in text
    assert f"pkill -9 -f 'agent run --config .*{tmp_path}/agent/agent.yaml'" in text
    assert f"{tmp_path.as_uri()}/ris.html" in text
