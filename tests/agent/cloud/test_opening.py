"""The way to the cloud, opened."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from agent.cloud.opening import open_cloud, open_plain, open_stow, proxy_url
from agent.config.model import Cloud, Identity, Login, Notes, Proxy, Secret
from agent.config.reading import read_config
from functions.drimbox.errors import ConfigurationError
from simulators.pki import CLIENT
from tests.agent.config.samples import DICOMWEB
from tests.fakes.memory import VirtualClock
from tests.fakes.world import keys


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    issued = keys().authority.issue("CN=agent,C=FR", CLIENT, datetime.now(UTC))
    files = {
        "agent.pem": issued.certificate_pem,
        "agent.key": issued.key_pem,
        "proxy.pem": keys().authority.root.certificate_pem,
        "password": "p@ss:word\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    return Cloud(
        "https://in.example",
        Identity(tmp_path / "agent.pem", tmp_path / "agent.key"),
        tmp_path / "proxy.pem",
        Proxy("http://proxy.example:3128", Login("u/ser", Secret(tmp_path / "password"))),
    )


def test_everything_goes_through_the_proxy_and_trusts_its_authority(
    cloud: Cloud, tmp_path: Path
) -> None:
    config = replace(read_config(DICOMWEB), folder=tmp_path, cloud=cloud)
    with open_cloud(config, VirtualClock()) as way:
        assert not way.client.trust_env
    assert way.client.is_closed
    assert proxy_url(cloud.proxy) == "http://u%2Fser:p%40ss%3Aword@proxy.example:3128"
    assert proxy_url(None) == ""
    assert proxy_url(Proxy("http://p:1")) == "http://p:1"
    with open_cloud(replace(config, cloud=replace(cloud, proxy=None)), VirtualClock()):
        pass


def test_another_certificate_is_shown_by_new_connections(cloud: Cloud, tmp_path: Path) -> None:
    config = replace(read_config(DICOMWEB), folder=tmp_path, cloud=cloud)
    other = keys().authority.issue("CN=agent-2,C=FR", CLIENT, datetime.now(UTC))
    with open_cloud(config, VirtualClock()) as way:
        (tmp_path / "agent.pem").write_text(other.certificate_pem)
        with pytest.raises(ConfigurationError, match="unusable"):
            way.show()
        (tmp_path / "agent.key").write_text(other.key_pem)
        way.show()


def test_a_client_without_a_certificate_needs_none(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "agent.pem").unlink()
    (tmp_path / "agent.key").unlink()
    config = replace(read_config(DICOMWEB), folder=tmp_path, cloud=cloud)
    with open_plain(config) as client:
        assert not client.trust_env
    assert client.is_closed


def test_files_that_cannot_be_used_are_told(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "agent.key").unlink()
    config = replace(read_config(DICOMWEB), folder=tmp_path, cloud=cloud)
    with (
        pytest.raises(ConfigurationError, match=r"agent\.key cannot be read"),
        open_cloud(config, VirtualClock()),
    ):
        pass


def test_notes_are_sent_with_the_credential_of_the_archive(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "credential").write_text("c" * 43)
    (tmp_path / "credential").chmod(0o600)
    config = replace(read_config(DICOMWEB), folder=tmp_path, cloud=replace(cloud, proxy=None))
    notes = Notes("KO", "https://db.example", Secret(tmp_path / "credential"))
    with open_stow(config, notes) as client:
        request = client.build_request("POST", "https://db.example")
        assert isinstance(client.auth, httpx.BasicAuth)
        sent = next(client.auth.auth_flow(request))
    pair = base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == f"demo:{'c' * 43}"
