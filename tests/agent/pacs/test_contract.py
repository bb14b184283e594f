"""One contract for both adapters, against archives that are not ours: Orthanc over DICOMweb and
over DIMSE (C-MOVE and C-GET), and dcmqrscp. One archive has one index and one body of a series,
whatever way they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.pacs.associations import Associations, Peer, Times
from agent.pacs.dicomweb import DicomwebSite
from agent.pacs.dimse import DimsePacs
from agent.pacs.expected import Expected
from agent.pacs.finding import Finder
from agent.pacs.port import Place, SitePacs, ToStore
from agent.pacs.retrieving import Getting, Moving
from agent.work.filling import Filling
from agent.work.wire import FillAsk
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.oid import Uid
from functions.drimbox.study.codec import decode, encode
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.transport import open_client
from simulators.pacs.orthanc import free_port
from tests.agent.pacs.scripted import Parts, data_set, parts_before
from tests.agent.pacs.servers import OURS, STRANGER, THEIRS, Relay, Server, dcmqrscp, orthanc
from tests.agent.work.memory import MemoryIncoming
from tests.drimbox.images.samples import CT, EXPLICIT, JPEG_LS, SERIES, STUDY, instance, selection

pytestmark = pytest.mark.judge

XA = "1.2.840.10008.5.1.4.1.1.12.1"
RUN = Uid("1.2.250.9.5.2")
PACKED = Uid("1.2.250.9.5.4")
MANIFEST = Uid("2.25.500")
ABSENT = Uid("1.2.250.9.404")
NUMBERS = range(1, 13)
FOREIGN = Uid("1.2.250.9.7")
KEY = "demo/incoming/one"
# Seconds, before an archive that makes trouble.
HURRIED = Times(connect=1.0, acse=1.0, dimse=1.0, network=1.0)


def common_objects() -> list[bytes]:
    """Twelve slices, a multi-frame run, a key image note, a rejection note of one slice."""
    run = instance(
        1,
        SOPClassUID=XA,
        SOPInstanceUID=f"{RUN}.1",
        SeriesInstanceUID=RUN,
        Modality="XA",
        SeriesNumber=1,
        NumberOfFrames=2,
        PixelData=bytes(64),
    )
    return [
        *(instance(number) for number in reversed(NUMBERS)),
        run,
        note("113000", "1.2.99.1", f"{SERIES}.2"),
        note("113001", "1.2.99.2", f"{SERIES}.12"),
    ]


def note(title: str, name: str, reference: str) -> bytes:
    """A note of the same patient: an archive describes a study by any of its objects."""
    root, image = data_set(selection(title, name, reference)), data_set(instance(1))
    for keyword in ("PatientName", "PatientBirthDate", "StudyDate", "StudyID", "StudyDescription"):
        if keyword in image:
            setattr(root, keyword, image[keyword].value)
        elif keyword in root:
            delattr(root, keyword)
    out = BytesIO()
    root.save_as(out)
    return out.getvalue()


def packed_objects() -> list[bytes]:
    """A series in JPEG-LS: dcmqrscp would have to transcode it, and cannot."""
    return [
        instance(
            number,
            JPEG_LS,
            SOPInstanceUID=f"{PACKED}.{number}",
            SeriesInstanceUID=PACKED,
            StudyInstanceUID="1.2.250.9.6",
            PatientID="IPP-00472",
        )
        for number in (1, 2, 3)
    ]


@dataclass
class Way:
    """One adapter before one archive."""

    name: str
    pacs: SitePacs
    parts: Parts | None
    server: Server
    # The same adapter through a relay, which makes trouble.
    through: Callable[[Relay], SitePacs]

    @property
    def port(self) -> int:
        """The archive's port that this adapter calls."""
        if self.server.client is None or self.parts is not None:
            return self.server.dicom_port
        return int(httpx.URL(self.server.web).port or 0)


WAYS = ("orthanc dicomweb", "orthanc move", "orthanc get", "dcmqrscp move", "dcmqrscp get")
DIMSE = tuple(one for one in WAYS if not one.endswith("dicomweb"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Server, int]]]:
    with ExitStack() as stack:
        made: dict[str, tuple[Server, int]] = {}
        for name, start, objects in (
            ("orthanc", orthanc, [*common_objects(), *packed_objects()]),
            ("dcmqrscp", dcmqrscp, common_objects()),
        ):
            ours_at = free_port()
            folder = tmp_path_factory.mktemp(name)
            made[name] = (stack.enter_context(start(folder, ours_at, objects)), ours_at)
        yield made


def opened(
    name: str, servers: dict[str, tuple[Server, int]], folder: Path, stack: ExitStack
) -> Way:
    archive, kind = name.split()
    server, ours_at = servers[archive]
    if kind == "dicomweb":
        assert server.client is not None
        folder.mkdir(exist_ok=True)
        client = server.client

        def web(relay: Relay) -> SitePacs:
            other = open_client(timeout=httpx.Timeout(1))
            other.headers["authorization"] = client.headers["authorization"]
            stack.callback(other.close)
            base = httpx.URL(server.web).copy_with(port=relay.port)
            return DicomwebSite(other, str(base), spool=folder)

        return Way(name, DicomwebSite(client, server.web, spool=folder), None, server, web)
    folder.mkdir(exist_ok=True)
    parts = stack.enter_context(
        parts_before(
            server.dicom_port,
            folder,
            get=kind == "get",
            theirs=THEIRS,
            listen_at=ours_at,
            callers=(THEIRS,),
            silence=2.0,
        )
    )

    def dimse(relay: Relay) -> SitePacs:
        peer = Peer("127.0.0.1", relay.port, THEIRS)
        associations = Associations(OURS, peer, times=HURRIED, at_once=2)
        expected = Expected(parts.received, silence=1.0)
        retrieval = (
            Getting(associations, expected)
            if kind == "get"
            else Moving(associations, parts.expected, OURS)
        )
        return DimsePacs(associations, Finder(associations), retrieval, spool=parts.spool)

    return Way(name, parts.pacs, parts, server, dimse)


@pytest.fixture(params=WAYS)
def way(
    request: pytest.FixtureRequest, servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> Iterator[Way]:
    with ExitStack() as stack:
        yield opened(request.param, servers, tmp_path / "agent", stack)


def body(
    pacs: SitePacs,
    folder: Path,
    *,
    series: Uid = SERIES,
    study: Uid = STUDY,
    numbers: range | tuple[int, ...] = NUMBERS,
) -> bytes:
    """The series as the agent sends it."""
    incoming = MemoryIncoming()
    folder.mkdir(exist_ok=True)
    wanted = tuple(Uid(f"{series}.{number}") for number in numbers)
    ask = FillAsk(study, series, MANIFEST, 0, wanted)
    put = Filling(pacs, incoming, folder).fill(ask, KEY)
    data = incoming.objects[KEY]
    assert len(data) == put.size
    return data


def test_one_archive_has_one_index_and_one_body_of_each_series(
    servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    indexes, bodies, runs = {}, {}, {}
    for name in WAYS:
        with ExitStack() as stack:
            place = tmp_path / name.replace(" ", "-")
            way = opened(name, servers, place, stack)
            found = way.pacs.find_study(STUDY)
            assert found is not None
            indexes[name] = encode(found)
            bodies[name] = body(way.pacs, place / "bodies")
            runs[name] = body(way.pacs, place / "bodies", series=RUN, numbers=(1,))
    first = decode(indexes[WAYS[0]])
    assert {name: decode(one) for name, one in indexes.items()} == dict.fromkeys(WAYS, first)
    assert len(set(bodies.values())) == 1, {name: len(one) for name, one in bodies.items()}
    assert len(set(runs.values())) == 1


def test_compressed_objects_stay_compressed_and_the_same(
    servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    bodies = set()
    for name in WAYS[:3]:
        with ExitStack() as stack:
            way = opened(name, servers, tmp_path / name.replace(" ", "-"), stack)
            folder = tmp_path / f"bodies-{name}"
            bodies.add(
                body(
                    way.pacs,
                    folder,
                    series=PACKED,
                    study=Uid("1.2.250.9.6"),
                    numbers=(1, 2, 3),
                )
            )
    (one,) = bodies
    assert one.count(f"transfer-syntax={JPEG_LS}".encode()) == 3


def test_the_study_is_indexed_as_it_is(way: Way) -> None:
    found = way.pacs.find_study(STUDY)
    assert found is not None
    assert (found.patient_id, found.accession_number) == ("IPP-00471", "ACN-77")
    assert (found.patient_name, found.study_id) == ("BÉZIERS^ZOÉ", "S77")
    run, slices, notes = found.series
    assert (run.instances[0].sop_class_uid, run.instances[0].number_of_frames) == (XA, 2)
    assert {one.sop_class_uid for one in slices.instances} == {CT}
    assert [one.instance_number for one in slices.instances] == list(range(1, 12))
    assert [one.sop_instance_uid for one in notes.instances] == ["1.2.99.1"]
    assert [(one.text, one.references) for one in found.key_images] == [
        ("Nodule", (f"{SERIES}.2",))
    ]


def test_a_study_that_is_absent(way: Way, tmp_path: Path) -> None:
    assert way.pacs.find_study(ABSENT) is None
    assert not way.pacs.has_study(ABSENT)
    assert way.pacs.has_study(STUDY)
    assert list(way.pacs.retrieve_series(STUDY, ABSENT, tmp_path)) == []
    assert not way.pacs.give(Place(STUDY, SERIES, ABSENT), tmp_path)
    with pytest.raises(PacsAnswerUnusable):
        body(way.pacs, tmp_path / "bodies", series=ABSENT)


def test_an_object_that_is_absent_is_told(way: Way, tmp_path: Path) -> None:
    with pytest.raises(PacsAnswerUnusable):
        body(way.pacs, tmp_path / "bodies", numbers=range(1, 14))


def test_studies_are_searched(way: Way) -> None:
    days = {"since": "20251230", "until": "20260105"}
    (one,) = way.pacs.search(StudyCriteria("IPP-00471", "ACN-77", **days), most=5).studies
    assert (one.study_instance_uid, one.study_date) == (STUDY, "20260102")
    assert way.pacs.search(StudyCriteria("IPP-0047", ""), most=5).studies == ()


def test_the_checks_questions(way: Way, tmp_path: Path) -> None:
    way.pacs.echo()
    place = way.pacs.recent("20260101", "20260103")
    assert place is not None
    assert place.study in {STUDY, Uid("1.2.250.9.6")}
    assert way.pacs.give(place, tmp_path)
    assert way.pacs.recent("19700101", "19700102") is None


@pytest.mark.parametrize("then", ["cut", "silence"])
@pytest.mark.parametrize("most", [0, 400, 3_000])
def test_an_archive_that_stops_in_the_middle(
    way: Way, most: int, then: str, tmp_path: Path
) -> None:
    """No index of a part, and no part of a body: the trouble is told within the time limits."""
    relay = Relay(way.port, most, then)
    try:
        pacs = way.through(relay)
        if way.name.startswith("orthanc move") and most == 3_000:
            # Only C-FIND goes through the relay, and the answers are short.
            relay.most = 1_500
        with pytest.raises(PacsUnavailable):
            pacs.find_study(STUDY)
    finally:
        relay.close()
    if way.parts is not None:
        assert list(way.parts.spool.iterdir()) == []
    assert way.pacs.find_study(STUDY) is not None


@pytest.mark.parametrize("name", ["orthanc move", "dcmqrscp move"])
def test_a_destination_that_the_archive_does_not_know(
    name: str, servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    """A801: a human must declare us."""
    with ExitStack() as stack:
        way = opened(name, servers, tmp_path / "agent", stack)
        assert way.parts is not None
        parts = way.parts
        unknown = Moving(parts.associations, parts.expected, "NOBODY")
        pacs = DimsePacs(parts.associations, parts.finder, unknown, spool=parts.spool)
        with pytest.raises((Held, PacsAnswerUnusable)) as told:
            list(pacs.retrieve_series(STUDY, SERIES, tmp_path))
    assert told.value.code in {"pacs_refused", "pacs_answer_unusable"}
    if name.startswith("dcmqrscp"):
        assert "A801" in told.value.detail


@pytest.mark.parametrize("name", ["orthanc move", "dcmqrscp move"])
def test_a_destination_that_does_not_answer(
    name: str, servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    """Orthanc: C000, and no object failed; dcmqrscp: A702. Neither is an outage."""
    with ExitStack() as stack:
        way = opened(name, servers, tmp_path / "agent", stack)
        assert way.parts is not None
        parts = way.parts
        deaf = Moving(parts.associations, parts.expected, STRANGER)
        pacs = DimsePacs(parts.associations, parts.finder, deaf, spool=parts.spool)
        with pytest.raises(PacsAnswerUnusable, match="12 of 12 objects did not come") as told:
            list(pacs.retrieve_series(STUDY, SERIES, tmp_path))
    assert told.value.failed
    assert any(status in told.value.detail for status in ("C000", "A702"))


def test_our_own_refusal_is_told_by_the_archive(
    servers: dict[str, tuple[Server, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A702 or a warning of dcmqrscp: our listener refuses every object."""
    with ExitStack() as stack:
        way = opened("dcmqrscp move", servers, tmp_path / "agent", stack)
        assert way.parts is not None
        monkeypatch.setattr(way.parts.expected, "retrieval_of", lambda _: None)
        with pytest.raises(PacsAnswerUnusable, match="12 of 12 objects did not come"):
            list(way.pacs.retrieve_series(STUDY, SERIES, tmp_path))


@pytest.mark.parametrize("name", DIMSE)
def test_success_for_nothing(
    name: str, servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    """Archives answer 0000 for a study that they do not have."""
    with ExitStack() as stack:
        way = opened(name, servers, tmp_path / "agent", stack)
        assert way.parts is not None
        retrieval: Any = way.parts.getting if name.endswith("get") else way.parts.moving
        kept = tmp_path / "kept"
        kept.mkdir()
        place = {"0020000D": str(ABSENT), "0020000E": str(SERIES)}
        with pytest.raises(PacsUnavailable, match="1 of 1 objects did not come"):
            list(retrieval.retrieve("SERIES", place, {ABSENT: str(CT)}, kept))


def foreign(folder: Path, way: int, count: int) -> tuple[Uid, Uid, list[ToStore]]:
    """A study of another site, one for each way, and the files of its objects."""
    study, series = Uid(f"{FOREIGN}.{way}"), Uid(f"{FOREIGN}.{way}.1")
    files = []
    for number in range(1, count + 1):
        path = folder / f"{number}.dcm"
        path.write_bytes(
            instance(
                number,
                StudyInstanceUID=study,
                SeriesInstanceUID=series,
                SOPInstanceUID=f"{series}.{number}",
                PatientID="IPP-00501",
                StudyDate="20240301",
            )
        )
        facts = read_facts(path)
        files.append(ToStore(path, facts.sop_class_uid, facts.sop_instance_uid, Uid(EXPLICIT)))
    return study, series, files


def test_what_is_stored_is_there_once_and_the_same(way: Way, tmp_path: Path) -> None:
    """An interrupted import sends an object again: it is one object, under its own UID."""
    study, series, files = foreign(tmp_path, WAYS.index(way.name), 3)
    assert way.pacs.takes_objects() in ({True} if way.parts else {None})
    names = [one.sop_instance_uid for one in files]
    assert way.pacs.find_study(study) is None
    first = dict(way.pacs.store(study, files[:2]))
    assert list(first) == names[:2]
    assert {one.failure for one in first.values()} == {None}
    again = dict(way.pacs.store(study, files))
    assert list(again) == names
    assert {one.failure for one in again.values()} <= {None, 0x0111}
    found = way.pacs.find_study(study)
    assert found is not None
    (kept,) = found.series
    assert sorted(one.sop_instance_uid for one in kept.instances) == names
    stored = body(way.pacs, tmp_path / "stored", series=series, study=study, numbers=(1, 2, 3))
    offered = b"".join(one.path.read_bytes()[-400:] for one in files)
    assert all(offered[at : at + 400] in stored for at in range(0, len(offered), 400))


@pytest.mark.parametrize("name", DIMSE)
@pytest.mark.parametrize("most", [0, 400])
def test_an_archive_that_stops_while_it_is_sent_objects(
    name: str, most: int, servers: dict[str, tuple[Server, int]], tmp_path: Path
) -> None:
    """The objects whose status has come are told; the next call stores the others."""
    with ExitStack() as stack:
        way = opened(name, servers, tmp_path / "agent", stack)
        number = 20 + 2 * WAYS.index(name) + bool(most)
        study, _, files = foreign(tmp_path, number, 5)
        relay = Relay(way.port, most)
        stack.callback(relay.close)
        told: list[Uid] = []
        with pytest.raises(PacsUnavailable):
            told += (one for one, _ in way.through(relay).store(study, files))
        assert len(told) < len(files)
        rest = [one for one in files if one.sop_instance_uid not in told]
        assert {one.failure for _, one in way.pacs.store(study, rest)} <= {None, 0x0111}
        found = way.pacs.find_study(study)
        assert found is not None
        assert len(found.series[0].instances) == len(files)
