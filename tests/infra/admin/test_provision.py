"""The operator's folder: every fault of it in one line, before anything is written."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.aws.tenant_secrets import Kept
from functions.drimbox.identity.pacs_credential import MIN_CHARACTERS, digest_of
from infra.admin import provision
from infra.admin.provision import LPS_FIELDS, WrongFiles, secrets_of
from simulators.pki import Authority
from tests.fakes.world import keys

STRUCTURE = "1750803447"
PEMS = [
    f"{name}.{kind}"
    for name in ("psc-client", "peers-client", f"auth-{STRUCTURE}", f"sign-{STRUCTURE}")
    for kind in ("pem", "key")
]
PLATFORM = ("psc", "dmp", "operators", "structures", "white_list", "white_list_signer", "peers")
BUNDLES = [f"ca-{peer}.pem" for peer in (*PLATFORM, "clients")]
FILES = [*BUNDLES, "lps.json", "oidc-client.json", *PEMS]
OF_OPERATOR = ("trust-anchors", "psc-client", "peers-client", "lps", "oidc-client")
LPS = {field: f"its {field}" for field in LPS_FIELDS}
CA = keys().authority.root.certificate_pem
# Made by the command, from no file.
RANDOM = ("demo/traits", "demo/sessions", "demo/webhook")
BUCKET = "drimbox-secrets-123456789012-eu-west-3"
COMMAND = ["--tenant", "demo", "--structure", STRUCTURE]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_text(f"text of {name}")
    for name in BUNDLES:
        (tmp_path / name).write_text(f"# {name}\n{CA}")
    for name, issued in (("auth", keys().auth), ("sign", keys().sign)):
        (tmp_path / f"{name}-{STRUCTURE}.pem").write_text(issued.certificate_pem)
        (tmp_path / f"{name}-{STRUCTURE}.key").write_text(issued.key_pem)
    (tmp_path / "lps.json").write_text(json.dumps(LPS))
    (tmp_path / "oidc-client.json").write_text(json.dumps({"client_secret": ""}))
    return tmp_path


class Secrets:
    """Secrets Manager and the bucket of secrets, as far as they are called."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.former: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.busy: set[str] = set()

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803  # AWS's own
        return {"SecretString": self.values.get(SecretId, "placeholder")}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert Bucket == BUCKET
        if Key not in self.values:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        kept = Kept(self.values[Key], self.former.get(Key, ""))
        return {"Body": BytesIO(kept.encode()), "ETag": "its"}

    def list_object_versions(self, *, Bucket: str, Prefix: str) -> dict[str, list[dict[str, Any]]]:  # noqa: N803
        assert Bucket == BUCKET
        kinds = {"Versions": self.values, "DeleteMarkers": self.deleted}
        return {
            kind: [{"Key": Prefix, "IsLatest": True}] for kind, of in kinds.items() if Prefix in of
        }

    def put_object(self, *, Key: str, Body: bytes, **options: str) -> None:  # noqa: N803
        tenant = Key.partition("/")[0]
        assert options["Bucket"] == BUCKET
        assert options["ServerSideEncryption"] == "aws:kms"
        assert options["SSEKMSKeyId"] == f"alias/drimbox/tenants/{tenant}"
        wanted = {"IfMatch": "its"} if Key in self.values else {"IfNoneMatch": "*"}
        assert {name: of for name, of in options.items() if name.startswith("If")} == wanted
        if Key in self.busy:
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
        kept = Kept.decode(Body)
        self.values[Key], self.former[Key] = kept.value, kept.former


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def stored(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:

    def client(service: str, *, region_name: str) -> Secrets:
        assert service in {"secretsmanager", "s3"}
        assert region_name == "eu-west-3", "cdk.json's"
        return secrets

    monkeypatch.setattr(boto3, "client", client)
    return secrets.values


def test_every_secret_has_its_files(folder: Path, stored: dict[str, str]) -> None:
    assert provision.main(["--from", str(folder), *COMMAND]) == 0
    of_structure = f"demo/structures/{STRUCTURE}"
    assert set(stored) == {
        *(f"drimbox/platform/{name}" for name in OF_OPERATOR),
        *(f"{of_structure}/{use}" for use in ("auth", "sign")),
        "demo/trust-anchors",
        *RANDOM,
    }
    for name, peers in (
        ("drimbox/platform/trust-anchors", PLATFORM),
        ("demo/trust-anchors", ("clients",)),
    ):
        assert json.loads(stored[name]) == {peer: f"# ca-{peer}.pem\n{CA}" for peer in peers}
    assert json.loads(stored["drimbox/platform/lps"]) == LPS
    assert json.loads(stored["drimbox/platform/oidc-client"]) == {"client_secret": ""}
    assert json.loads(stored[f"{of_structure}/sign"]) == {
        "certificate": keys().sign.certificate_pem,
        "private_key": keys().sign.key_pem,
    }


def test_a_tenant_comes_without_the_files_of_the_platform(
    folder: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    alone = ["--from", str(folder), *COMMAND, "--tenant-alone"]
    assert provision.main(alone) == 1
    assert "leave out --tenant-alone" in capsys.readouterr().err
    assert provision.main(["--from", str(folder), *COMMAND]) == 0
    platform = {name: text for name, text in stored.items() if "/platform/" in name}
    for path in folder.iterdir():
        if not path.name.startswith(("auth-", "sign-", "ca-clients")):
            path.unlink()
    of_tenant = set(stored) - set(platform)
    for name in of_tenant:
        del stored[name]
    assert provision.main(alone) == 0
    assert set(stored) == of_tenant | set(platform)
    other = Authority.create(datetime.now(UTC)).root.certificate_pem
    name = "drimbox/platform/trust-anchors"
    stored[name] = json.dumps({**json.loads(stored[name]), "structures": other})
    assert provision.main(alone) == 1, "the authorities in place judge"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sign": "auth"}, r"sign-\d+\.pem: The certificate is not made for this use"),
        ({"auth": "sign", "sign": "auth"}, r"auth-.* use .* sign-.* use "),
    ],
)
def test_a_certificate_that_could_not_serve_is_refused(
    folder: Path,
    stored: dict[str, str],
    changes: dict[str, str],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pairs = {"auth": keys().auth, "sign": keys().sign}
    for name, other in changes.items():
        (folder / f"{name}-{STRUCTURE}.pem").write_text(pairs[other].certificate_pem)
        (folder / f"{name}-{STRUCTURE}.key").write_text(pairs[other].key_pem)
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    said = capsys.readouterr().err
    assert re.search(told, said)
    assert "PRIVATE" not in said
    assert stored == {}


def test_a_certificate_that_waits_for_its_date_may_be_put_in_place(folder: Path) -> None:
    secrets = secrets_of(folder, "demo", [STRUCTURE])
    early = keys().sign.certificate.not_valid_before_utc - timedelta(days=30)
    provision.require_usable(secrets, "demo", [STRUCTURE], early)
    late = keys().sign.certificate.not_valid_after_utc + timedelta(seconds=1)
    with pytest.raises(WrongFiles, match=r"expired"):
        provision.require_usable(secrets, "demo", [STRUCTURE], late)


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("text", ["none", "", CA.replace("M", "?")])
def test_authorities_that_are_none_are_told(
    folder: Path, stored: dict[str, str], name: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text(text)
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    assert f"{name} holds no certificate in PEM" in capsys.readouterr().err
    assert stored == {}


def test_only_their_own_bundle_vouches_for_the_structures(
    folder: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = Authority.create(datetime.now(UTC)).root.certificate_pem
    (folder / "ca-structures.pem").write_text(other)
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    assert "No trusted authority issued" in capsys.readouterr().err
    assert stored == {}


def test_of_a_pacs_only_the_digests_of_its_credentials_are_kept(
    folder: Path, stored: dict[str, str]
) -> None:
    credentials = ["n" * MIN_CHARACTERS, "f" * 60]
    (folder / "pacs-credential").write_text("\n".join(credentials) + "\n")
    assert provision.main(["--from", str(folder), *COMMAND]) == 0
    held = stored["demo/pacs-credential"]
    assert json.loads(held) == {"sha256": [digest_of(one) for one in credentials]}
    assert not any(one in held for one in credentials)


NAMES = {
    "ca_pacs_pem": "ca-pacs.pem",
    "pacs_access_json": "pacs-access.json",
    "pacs_client_pem": "pacs-client.pem",
    "pacs_client_key": "pacs-client.key",
}
NONE = json.dumps({"kind": "none"})
BASIC = {"kind": "basic", "user": "drimbox", "password": "secret-word"}
BY_CERTIFICATE = json.dumps({"kind": "certificate"})


def give(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / NAMES[name]).write_text(text)


def test_the_access_to_a_pacs_is_one_secret(folder: Path) -> None:
    name = "demo/pacs"
    assert name not in secrets_of(folder, "demo", [STRUCTURE]), "an agent asks this one"
    give(folder, ca_pacs_pem=CA, pacs_access_json=json.dumps(BASIC))
    found = json.loads(secrets_of(folder, "demo", [STRUCTURE])[name])
    assert found == {"anchors": CA, "credential": BASIC}
    give(folder, pacs_access_json=BY_CERTIFICATE)
    give(folder, pacs_client_pem=keys().auth.certificate_pem, pacs_client_key=keys().auth.key_pem)
    found = json.loads(secrets_of(folder, "demo", [STRUCTURE])[name])
    pair = {"certificate": keys().auth.certificate_pem, "private_key": keys().auth.key_pem}
    assert found == {"anchors": CA, "credential": {"kind": "certificate", **pair}}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"ca_pacs_pem": CA}, "missing: pacs-access.json"),
        ({"pacs_access_json": NONE}, "missing: ca-pacs.pem"),
        ({"ca_pacs_pem": "none", "pacs_access_json": NONE}, "ca-pacs.pem holds no certificate"),
        ({"ca_pacs_pem": CA, "pacs_access_json": "[]"}, "pacs-access.json is not a JSON object"),
        ({"ca_pacs_pem": CA, "pacs_access_json": "{}"}, "pacs-access.json: .* no known kind"),
        (
            {"ca_pacs_pem": CA, "pacs_access_json": json.dumps({**BASIC, "password": ""})},
            "pacs-access.json: .* no known kind",
        ),
        (
            {"ca_pacs_pem": CA, "pacs_access_json": BY_CERTIFICATE},
            "missing: pacs-client.pem, pacs-client.key",
        ),
        (
            {
                "ca_pacs_pem": CA,
                "pacs_access_json": BY_CERTIFICATE,
                "pacs_client_pem": keys().auth.certificate_pem,
                "pacs_client_key": keys().sign.key_pem,
            },
            "pacs-access.json: .* unreadable",
        ),
    ],
)
def test_an_access_that_is_not_whole_is_refused(
    folder: Path, files: dict[str, str], told: str
) -> None:
    give(folder, **files)
    with pytest.raises(WrongFiles, match=told) as refused:
        secrets_of(folder, "demo", [STRUCTURE])
    assert "secret-word" not in str(refused.value)
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize("text", [b"", b"\n", b"short", b"n" * 60 + b"\nshort", b"\xff" * 60])
def test_a_credential_that_can_be_guessed_is_refused(
    folder: Path, stored: dict[str, str], text: bytes
) -> None:
    (folder / "pacs-credential").write_bytes(text)
    with pytest.raises(WrongFiles, match="pacs-credential"):
        secrets_of(folder, "demo", [STRUCTURE])


def test_values_already_stored_are_left_alone(
    folder: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    provision.main(["--from", str(folder), *COMMAND])
    assert capsys.readouterr().out.count("written: ") == 11
    (folder / "ca-clients.pem").write_text(CA * 2)
    provision.main(["--from", str(folder), *COMMAND])
    assert capsys.readouterr().out == "written: demo/trust-anchors\n"
    assert json.loads(stored["demo/trust-anchors"])["clients"] == CA * 2


def test_lost_traits_stop_all_with_words(
    folder: Path, secrets: Secrets, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.deleted.add("demo/traits")
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    assert re.search(r"^nothing is written: demo/traits .* restore it", capsys.readouterr().err)
    assert stored == {}


def test_a_secret_that_somebody_else_writes_is_told(
    folder: Path, secrets: Secrets, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.busy.add("demo/trust-anchors")
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    said = capsys.readouterr().err
    assert said.startswith("not all is written: demo/trust-anchors is being written by somebody")


def test_a_former_key_is_forgotten_on_request(
    folder: Path, secrets: Secrets, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    provision.main(["--from", str(folder), *COMMAND])
    name = f"demo/structures/{STRUCTURE}/sign"
    secrets.former[name] = "leaked"
    capsys.readouterr()
    provision.main(["--from", str(folder), *COMMAND])
    assert secrets.former[name] == "leaked"
    provision.main(["--from", str(folder), *COMMAND, "--forget-former"])
    assert capsys.readouterr().out == f"written: {name}\n"
    assert secrets.former[name] == ""


@pytest.mark.parametrize("slug", ["Demo", "demo/x", "..", ""])
def test_a_tenant_has_a_slug(
    folder: Path, stored: dict[str, str], slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        provision.main(["--from", str(folder), "--tenant", slug, "--structure", STRUCTURE])
    assert "--tenant" in capsys.readouterr().err
    assert stored == {}


def test_every_missing_file_is_named_in_one_line(
    tmp_path: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert provision.main(["--from", str(tmp_path), *COMMAND]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert line == f"nothing is written: {tmp_path}: missing: {', '.join(FILES)}"
    assert stored == {}


@pytest.mark.parametrize("name", FILES)
def test_one_missing_file_stops_all(folder: Path, stored: dict[str, str], name: str) -> None:
    (folder / name).unlink()
    assert provision.main(["--from", str(folder), *COMMAND]) == 1
    assert stored == {}
    with pytest.raises(WrongFiles, match=rf": missing: {name}$"):
        secrets_of(folder, "demo", [STRUCTURE])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"id": "x"}', "lps.json lacks name, version, homologation, device_id, vendor"),
        (json.dumps({**LPS, "vendor": 3}), "lps.json lacks vendor"),
        ("[]", "lps.json is not a JSON object"),
        ("{", "lps.json is not a JSON object"),
    ],
)
def test_a_wrong_registration_is_told_with_what_is_missing(
    folder: Path, text: str, told: str
) -> None:
    (folder / "lps.json").write_text(text)
    (folder / "ca-dmp.pem").unlink()
    with pytest.raises(WrongFiles) as error:
        secrets_of(folder, "demo", [STRUCTURE])
    assert str(error.value) == f"{folder}: missing: ca-dmp.pem; {told}"


def test_a_client_without_a_secret_must_say_so(folder: Path) -> None:
    (folder / "oidc-client.json").write_text("{}")
    with pytest.raises(WrongFiles, match=r": oidc-client\.json lacks client_secret$"):
        secrets_of(folder, "demo", [STRUCTURE])


def test_no_byte_of_a_key_is_told(folder: Path) -> None:
    (folder / "psc-client.key").write_bytes(b"secret \xff")
    (folder / "psc-client.pem").unlink()
    (folder / "psc-client.pem").mkdir()
    with pytest.raises(WrongFiles) as error:
        secrets_of(folder, "demo", [STRUCTURE])
    assert str(error.value) == (
        f"{folder}: psc-client.pem cannot be read as text; psc-client.key cannot be read as text"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_any_registration_is_read_or_refused(folder: Path, data: bytes) -> None:
    (folder / "lps.json").write_bytes(data)
    with pytest.raises(WrongFiles, match=r"lps\.json"):
        secrets_of(folder, "demo", [STRUCTURE])


def test_help_keeps_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        provision.main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("``ca-<peer>.pem``")]
    assert [line for line in lines if line.startswith("``lps.json``")]


def test_the_authorities_of_the_address_for_news_may_be_left_out(folder: Path) -> None:
    name = "demo/trust-anchors"
    assert set(json.loads(secrets_of(folder, "demo", [STRUCTURE])[name])) == {"clients"}
    (folder / "ca-webhook.pem").write_text(CA)
    assert json.loads(secrets_of(folder, "demo", [STRUCTURE])[name])["webhook"] == CA
    (folder / "ca-webhook.pem").write_text("no certificate")
    with pytest.raises(WrongFiles, match=re.escape("ca-webhook.pem holds no certificate")):
        secrets_of(folder, "demo", [STRUCTURE])


def test_the_key_of_the_news_may_be_given_and_is_judged(folder: Path) -> None:
    (folder / "webhook-key").write_text("whsec_" + "A" * 64 + " " + "B" * 64 + "\n")
    given_keys = secrets_of(folder, "demo", [STRUCTURE])["demo/webhook"]
    assert given_keys == "whsec_" + "A" * 64 + " " + "B" * 64
    (folder / "webhook-key").write_text("short")
    with pytest.raises(WrongFiles, match="webhook-key: a key of the webhook is not"):
        secrets_of(folder, "demo", [STRUCTURE])
