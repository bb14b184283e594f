"""The commands, and Orthanc's process as far as it can be seen without starting it."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import httpx
import pytest
from pydicom import dcmread
from pynetdicom import AE, build_context
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # made at import
from starlette.applications import Starlette
from starlette.routing import Mount

from simulators.pacs.__main__ import _parser, main
from simulators.pacs.orthanc import (
    Dimse,
    OrthancEngine,
    OrthancError,
    OrthancProcess,
    find_dicomweb_plugin,
    find_orthanc,
    free_port,
)
from simulators.ris.cases import CASES
from tests.simulators.pacs.conftest import running


def test_generate_writes_each_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", "F", str(tmp_path), "--instances", "2", "--pixels", "16"]
    assert main([*arguments, "--fresh", "token"]) == 0

    case = CASES["F"].fresh("token")
    items = [dcmread(path) for path in tmp_path.glob("*.dcm")]
    assert {item.StudyInstanceUID for item in items} == set(case.studies)
    assert {item.AccessionNumber for item in items} == {o.accession for o in case.orders}
    assert len(items) == 8
    assert all(uid in capsys.readouterr().out for uid in case.studies[:1])


def test_generate_dates_the_study_by_its_report(tmp_path: Path) -> None:
    arguments = ["generate", "C", str(tmp_path), "--instances", "1", "--pixels", "16"]
    assert main([*arguments, "--at", "20261130101500+0100"]) == 0
    dates = {dcmread(path).StudyDate for path in tmp_path.rglob("*.dcm")}
    assert dates == {"20261130"}


def test_generate_takes_the_transfer_syntax(tmp_path: Path) -> None:
    assert main(["generate", "C", str(tmp_path), "--transfer-syntax", "explicit"]) == 0

    syntaxes = {dcmread(path).file_meta.TransferSyntaxUID for path in tmp_path.glob("*.dcm")}
    assert syntaxes == {"1.2.840.10008.1.2.1"}


def test_load_sends_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source"
    main(["generate", "E", str(source), "--pixels", "16"])
    with running("folder", tmp_path / "data") as server:
        assert main(["load", str(source), server.base]) == 0
        assert "1 objects stored" in capsys.readouterr().out
        assert main(["load", str(source), f"{server.root}/nowhere"]) == 1
        assert "404" in capsys.readouterr().err


def test_a_free_port_is_none_of_those_of_outgoing_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        choices = iter([port, 10_000])
        monkeypatch.setattr("secrets.choice", lambda ports: next(choices, ports[0]))
        assert free_port() != port
    assert 10_000 <= port < 32_768


def test_load_says_that_nobody_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["generate", "E", str(tmp_path), "--pixels", "16"])

    assert main(["load", str(tmp_path), f"http://127.0.0.1:{free_port()}"]) == 1
    assert capsys.readouterr().err.startswith("pacs: ")


def test_a_taken_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["serve", "--port", str(port), "--data", str(tmp_path)]) == 1
    assert f"port {port} is taken" in capsys.readouterr().err


def test_a_missing_orthanc_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.pacs.__main__.find_orthanc", lambda: None)
    arguments = ["serve", "--port", str(free_port()), "--data", str(tmp_path)]

    assert main([*arguments, "--engine", "orthanc"]) == 1
    assert "not installed" in capsys.readouterr().err


def test_orthanc_is_searched_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("simulators.pacs.orthanc._EXECUTABLES", (str(tmp_path / "other"),))
    monkeypatch.setattr("simulators.pacs.orthanc._PLUGIN_FOLDERS", (str(tmp_path),))
    assert find_orthanc() is None
    assert find_dicomweb_plugin() is None

    for name in ("Orthanc", "libOrthancDicomWeb.so.1.7", "libOrthancGdcm.so"):
        (tmp_path / name).touch(mode=0o755)
    assert find_orthanc() == tmp_path / "Orthanc"
    assert find_dicomweb_plugin() == tmp_path / "libOrthancDicomWeb.so.1.7"


def test_orthanc_takes_nothing_from_elsewhere(tmp_path: Path) -> None:
    process = OrthancProcess(Path("Orthanc"), Path("plugin.so"), tmp_path, 1)
    configuration = process.configuration()

    assert configuration["RemoteAccessAllowed"] is False
    assert configuration["AuthenticationEnabled"] is True
    assert configuration["DicomServerEnabled"] is False
    assert configuration["Plugins"] == ["plugin.so"]
    (password,) = configuration["RegisteredUsers"].values()
    assert len(password) >= 32
    assert OrthancProcess(Path("O"), Path("p"), tmp_path, 1).password != password


def associates(port: int, title: str) -> bool:
    """Whether the archive PACS lets that title in, with a C-ECHO."""
    association = AE(title).associate(
        "127.0.0.1", port, [build_context(Verification)], ae_title="PACS"
    )
    if not association.is_established:
        return False
    status = association.send_c_echo()
    association.release()
    return "Status" in status and status.Status == 0


@pytest.mark.judge
def test_orthanc_speaks_dimse_with_the_one_node_that_it_knows(tmp_path: Path) -> None:
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if executable is None or plugin is None:
        pytest.skip("Orthanc or its DICOMweb plugin is not installed")
    port = free_port()
    asked = _parser().parse_args(
        ["serve", "--port", "1", "--data", str(tmp_path), "--dimse", f"{port},AGENT@11112"]
    )
    assert asked.dimse == Dimse(port, "AGENT", 11112)
    process = OrthancProcess(executable, plugin, tmp_path, free_port(), dimse=asked.dimse)
    process.start()
    try:
        assert associates(port, "AGENT")
        assert not associates(port, "STRANGER")
    finally:
        process.stop()
    with pytest.raises(SystemExit):
        main(["serve", "--port", "1", "--data", str(tmp_path), "--dimse", "8460,@8461"])


def test_an_orthanc_that_stops_is_an_error(tmp_path: Path) -> None:
    process = OrthancProcess(Path("/bin/false"), Path("plugin.so"), tmp_path, free_port())

    with pytest.raises(OrthancError, match=r"orthanc\.log"):
        process.start(patience=0.5)
    written = tmp_path / "orthanc.json"
    assert json.loads(written.read_text()) == process.configuration()
    assert written.stat().st_mode & 0o777 == 0o600
    process.stop()


def test_a_dead_orthanc_is_503(tmp_path: Path) -> None:
    engine = OrthancEngine(OrthancProcess(Path("O"), Path("p"), tmp_path, free_port()))
    app = Starlette(routes=[Mount("/dicom-web", engine.app)])

    async def ask() -> int:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://pacs") as client:
            answer = await client.get("/dicom-web/studies")
        await engine.close()
        return answer.status_code

    assert asyncio.run(ask()) == 503
