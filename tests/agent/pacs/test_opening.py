"""The archive, opened from its declared facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.presentation import build_context

from agent.config.model import (
    AgentConfig,
    Caller,
    Dicomweb,
    Dimse,
    Identity,
    Listener,
    Login,
    Notes,
    Secret,
    Trust,
)
from agent.config.reading import read_config
from agent.config.secret_files import trusted
from agent.pacs.dicomweb import DicomwebSite
from agent.pacs.dimse import DimsePacs
from agent.pacs.opening import open_archive
from functions.drimbox.errors import ConfigurationError
from simulators.pki import CLIENT, SERVER
from tests.agent.config.samples import DICOMWEB
from tests.agent.pacs.scripted import KO, LOCAL, OURS, THEIRS, TIMES, Script, data_set
from tests.drimbox.images.samples import EXPLICIT, SERIES, STUDY, instance, selection
from tests.fakes.world import keys

LISTENER = Listener("127.0.0.1", 0, (Caller(THEIRS, LOCAL),))


def config_of(folder: Path, pacs: Any, **changes: Any) -> AgentConfig:
    return replace(read_config(DICOMWEB), folder=folder / "agent", pacs=pacs, **changes)


def secret(folder: Path, text: str) -> Secret:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(0o600)
    return Secret(path)


def refuse(*_: object) -> int:
    return 0x0122


def trust(folder: Path, name: str, profile: Any) -> Trust:
    authority = keys().authority
    issued = authority.issue(f"CN={name},C=FR", profile, datetime.now(UTC), hosts=("127.0.0.1",))
    made = Trust(folder / "site.pem", Identity(folder / f"{name}.pem", folder / f"{name}.key"))
    assert made.identity is not None
    made.authorities.write_text(authority.root.certificate_pem)
    made.identity.certificate.write_text(issued.certificate_pem)
    made.identity.private_key.write_text(issued.key_pem)
    made.identity.private_key.chmod(0o600)
    return made


def test_dicomweb_with_a_login_or_a_token(tmp_path: Path) -> None:
    word = secret(tmp_path, "word")
    for pacs in (
        Dicomweb("http://p.example", login=Login("u", word)),
        Dicomweb("http://p.example", bearer=word),
        Dicomweb("https://p.example", trust(tmp_path, "us", CLIENT)),
    ):
        with open_archive(config_of(tmp_path, pacs), refuse) as archive:
            assert isinstance(archive.pacs, DicomwebSite)
            assert archive.receiver is None
    assert (tmp_path / "agent" / "spool").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("retrieve", ["move", "get"])
def test_dimse_by_move_or_get(retrieve: Any, tmp_path: Path) -> None:
    script = Script([instance(1)])
    with script.serving() as port:
        pacs = Dimse("127.0.0.1", port, THEIRS, OURS, retrieve)
        config = config_of(tmp_path, pacs, listener=LISTENER if retrieve == "move" else None)
        with open_archive(config, refuse, times=TIMES, silence=2.0) as archive:
            assert isinstance(archive.pacs, DimsePacs)
            if archive.receiver is not None:
                script.destination = ("127.0.0.1", archive.receiver.port)
            folder = tmp_path / "series"
            folder.mkdir()
            assert len(list(archive.pacs.retrieve_series(STUDY, SERIES, folder))) == 1


def test_half_objects_of_a_former_life_are_removed(tmp_path: Path) -> None:
    received = tmp_path / "agent" / "received"
    received.mkdir(parents=True)
    (received / "half.dcm").touch()
    with open_archive(config_of(tmp_path, Dicomweb("http://p.example")), refuse):
        assert list(received.iterdir()) == []


def test_notes_come_also_where_the_archive_is_asked_over_dicomweb(tmp_path: Path) -> None:
    taken = []

    def take(path: Path, sop_class: str, name: str) -> int:
        taken.append((sop_class, name))
        return 0

    config = config_of(
        tmp_path,
        Dicomweb("http://p.example"),
        listener=LISTENER,
        notes=Notes("KOS", "https://db.example", Secret(tmp_path)),
    )
    with open_archive(config, take, times=TIMES) as archive:
        assert archive.receiver is not None
        association = AE(THEIRS).associate(
            "127.0.0.1", archive.receiver.port, [build_context(KO, [UID(EXPLICIT)])], "KOS"
        )
        note = data_set(selection("113001", "1.2.99.2", f"{SERIES}.1"))
        assert association.send_c_store(note).Status == 0
        association.release()
    assert taken == [(KO, "1.2.99.2")]


def test_over_tls_both_sides_show_a_certificate(tmp_path: Path) -> None:
    ours = trust(tmp_path, "ours", SERVER)
    theirs = trust(tmp_path, "theirs", CLIENT)
    listener = replace(LISTENER, trust=ours)
    pacs = Dimse("127.0.0.1", 1, THEIRS, OURS, trust=theirs)
    config = config_of(tmp_path, pacs, listener=listener)
    echo = [build_context("1.2.840.10008.1.1")]
    with open_archive(config, refuse, times=TIMES) as archive:
        assert archive.receiver is not None
        port = archive.receiver.port
        for tls in (trusted(theirs), trusted(Trust(theirs.authorities)), None):
            association = AE(THEIRS).associate(
                "127.0.0.1", port, echo, OURS, tls_args=(tls, "127.0.0.1") if tls else None
            )
            if tls is not None and tls.session_stats is not None and association.is_established:
                assert association.send_c_echo().Status == 0
                association.release()
                good = tls
        assert good is not None
        # The client side, with its own trust, against the same listener.
        calling = Dimse("127.0.0.1", port, OURS, THEIRS, "get", theirs)
        client = config_of(tmp_path, calling)
        with open_archive(client, refuse, times=TIMES) as other:
            other.pacs.echo()


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    gone = Trust(tmp_path / "gone.pem")
    for pacs in (
        Dicomweb("https://p.example", gone),
        Dimse("127.0.0.1", 1, THEIRS, OURS, "get", gone),
    ):
        with pytest.raises(ConfigurationError), open_archive(config_of(tmp_path, pacs), refuse):
            pass
    assert ip_network("127.0.0.0/8") in LOCAL
