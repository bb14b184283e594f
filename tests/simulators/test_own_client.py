"""A RIS of one's own gets a certificate that the tenant's file can declare."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from functions.drimbox.tenants.reading import read_tenant
from simulators import pki
from simulators.own_client import declaration, main, make

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "infra/tenants/demo.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pki.store(tmp_path, "ca", pki.Authority.create(NOW).root)
    return tmp_path


def test_the_printed_lines_declare_the_certificate(folder: Path) -> None:
    made = make(folder, "my-ris", NOW)
    assert make(folder, "my-ris", NOW).certificate == made.certificate
    assert pki.load_issued(folder, "my-ris").certificate == made.certificate
    assert (folder / "my-ris.key").stat().st_mode & 0o077 == 0
    lines = declaration(folder, "my-ris", made)
    text = DEMO.read_text("utf-8").replace("senders:\n", f"senders:\n{lines}\n")
    tenant = read_tenant(yaml.safe_load(text))
    sender = tenant.sender("MY_RIS", "MY_SITE")
    assert sender is not None
    assert sender.certificate_subject == made.certificate.subject.rfc4514_string()


def test_it_is_for_requests_and_for_an_address_of_this_machine(folder: Path) -> None:
    found = make(folder, "my-ris", NOW).certificate.extensions
    usages = found.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usages) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
    hosts = found.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ip_address("127.0.0.1") in hosts.get_values_for_type(x509.IPAddress)


def test_a_pair_of_a_former_authority_is_made_again(folder: Path) -> None:
    former = make(folder, "my-ris", NOW)
    pki.store(folder, "ca", pki.Authority.create(NOW).root)
    assert make(folder, "my-ris", NOW).certificate != former.certificate


@pytest.mark.parametrize("name", ["", "ris", "operator", "ca", "ca-pacs", "auth-1", "../x", "A"])
def test_a_name_that_is_none_or_taken_is_told(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    assert main([str(folder), name]) == 2
    assert capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


def test_the_command_prints_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "my-ris"]) == 0
    assert "certificate_subject: CN=my-ris" in capsys.readouterr().out.replace(
        "C=FR,O=Essai local,OU=RIS,CN=my-ris", "CN=my-ris"
    )


def test_a_folder_without_an_authority_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "my-ris"]) == 2
    assert "authority" in capsys.readouterr().err
