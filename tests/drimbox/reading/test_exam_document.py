"""functions.drimbox.reading.exam_document: the document that the viewer reads."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from functions.drimbox.images.display import display_of
from functions.drimbox.images.part10 import facts_of
from functions.drimbox.manifest.read import ManifestInstance, ManifestSeries
from functions.drimbox.reading import exam_document as documents
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.exam_document import (
    Addresses,
    ShownExam,
    ShownInstance,
    ShownSeries,
    exam_document,
)
from functions.drimbox.reading.pixel_patient import Identity
from tests.drimbox.images.display_scenes import document as a_pdf
from tests.drimbox.images.samples import CT, SERIES, part10
from tests.drimbox.images.state_scenes import state as a_state
from tests.drimbox.reading.exam_scenes import images
from tests.drimbox.reading.sites import uid

FACTS = {"date": "20260102", "act": "Scanner", "site": "CHU", "own": False, "report": [2]}
AT = {f"{SERIES}.{n}": data for n, data in enumerate(images(1, 2, 3).values(), 1)}


def read(key: str, offset: int, size: int) -> bytes | None:
    data = AT.get(key)
    return None if data is None else data[offset : offset + size]


ADDRESSES = Addresses(lambda key: f"https://bucket.example/{key}", read, "2026-11-29T12:00:00")


def series(
    *numbers: int,
    ended: Ended | None = None,
    identity: Identity = Identity.AGREES,
    key: int = 0,
    **changes: Any,
) -> ShownSeries:
    instances = []
    for number in numbers:
        data = AT[uid(number)]
        pixels = data.rindex(b"\xe0\x7f\x10\x00OW") + 12
        display = display_of(data, facts_of(data))
        instances.append(ShownInstance(uid(number), uid(number), 0, ((pixels, 32),), display))
    named = tuple(ManifestInstance(CT, uid(n), n, is_key=n == key) for n in (1, 2, 3))
    facts: dict[str, Any] = {"patient": {}, **changes}
    return ShownSeries(
        ManifestSeries(SERIES, "", "CT", 1, named),
        3,
        tuple(instances),
        ended,
        identity,
        **facts,
    )


def document(*of: ShownSeries, **changes: Any) -> dict[str, Any]:
    return exam_document(ShownExam(1, FACTS, of, **changes), ADDRESSES)


def test_frames_stand_in_display_order_with_their_addresses() -> None:
    told = document(series(3, 1, 2, ended=Ended.WHOLE))
    assert {name: told[name] for name in FACTS} == FACTS
    assert (told["n"], told["state"], told["identity"], told["awaited"]) == (
        1,
        "whole",
        "agrees",
        3,
    )
    (one,) = told["series"]
    assert [frame[0] for frame in one["frames"]] == [1, 2, 0]
    assert one["objects"][0] == {
        "url": f"https://bucket.example/{uid(3)}",
        "until": "2026-11-29T12:00:00",
    }
    assert (one["have"], one["awaited"], one["state"]) == (3, 3, "whole")


def test_the_first_frame_is_the_middle_or_a_key_image() -> None:
    told = document(series(1, 2, 3))["first"]
    assert (told["series"], told["frame"]) == (0, 1)
    assert base64.b64decode(told["bytes"]) in AT[uid(2)]
    assert document(series(1, 2, 3, key=3))["first"]["frame"] == 2
    assert document(series(), series(1, 2, 3))["first"]["series"] == 1
    assert document(series(1, 2, 3), series(1, 2, 3, key=1))["first"]["series"] == 1


def test_there_may_be_no_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    assert document(series())["first"] is None
    shown = ShownExam(1, FACTS, (series(1),))
    assert exam_document(shown, ADDRESSES, first=False)["first"] is None
    lost = Addresses(ADDRESSES.sign, lambda *_: None, "")
    assert exam_document(shown, lost)["first"] is None
    monkeypatch.setattr(documents, "FIRST_BYTES", 31)
    assert exam_document(shown, ADDRESSES)["first"] is None


def test_a_frame_of_several_fragments_is_read_whole() -> None:
    made = series(1)
    (one,) = made.instances
    ((start, _),) = one.frames or ()
    two = ShownInstance(
        one.sop_instance_uid, one.key, 0, ((start, 10, start + 10, 22),), one.display
    )
    shown = ShownSeries(made.named, 3, (two,), None, Identity.AGREES, {})
    assert base64.b64decode(document(shown)["first"]["bytes"]) == read(uid(1), start, 32)


@pytest.mark.parametrize(
    ("ends", "state", "reason"),
    [
        ((None, Ended.AWAY), "coming", ""),
        ((Ended.STALE, Ended.WHOLE), "coming", ""),
        ((Ended.WHOLE, Ended.WHOLE), "whole", ""),
        ((Ended.WHOLE, Ended.PART), "gone", "part"),
        ((Ended.GONE, Ended.WHOLE), "gone", "gone"),
        ((Ended.GONE, Ended.REFUSED), "refused", "refused"),
        ((Ended.AWAY, Ended.GONE), "failed", "away"),
        ((Ended.ODD, Ended.AWAY), "failed", "odd"),
        ((Ended.UNLISTED,), "failed", "unlisted"),
        ((Ended.UNTRUSTED,), "failed", "untrusted"),
        ((Ended.WHOLE, Ended.DIFFERS), "refused", "differs"),
    ],
)
def test_the_worst_end_speaks_for_the_exam(
    ends: tuple[Ended | None, ...], state: str, reason: str
) -> None:
    told = document(*(series(ended=one) for one in ends))
    assert (told["state"], told["reason"]) == (state, reason)


def test_an_exam_of_which_nothing_can_be_had_has_its_code() -> None:
    told = document(failure="dmp_unavailable")
    assert (told["state"], told["reason"], told["series"]) == ("failed", "dmp_unavailable", [])


def test_one_other_identity_is_that_of_the_exam() -> None:
    other = series(
        ended=Ended.DIFFERS, identity=Identity.DIFFERS, patient={"name": "AUTRE CAMILLE"}
    )
    told = document(series(1), other)
    assert (told["identity"], told["identities"]) == ("differs", {"name": "AUTRE CAMILLE"})
    assert document(series(1), series(1, identity=Identity.UNKNOWN))["identity"] == "unknown"
    assert document(series(1), series(identity=Identity.UNKNOWN))["identity"] == "agrees"
    assert document(series(identity=Identity.UNKNOWN))["identity"] == "unknown"


def test_documents_have_a_size_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = part10(a_pdf())
    display = display_of(data, facts_of(data))
    made = series(1)
    held = ShownInstance(uid(1), uid(1), 0, None, display)
    shown = ShownSeries(made.named, 3, (held,), None, Identity.AGREES, {})
    told = document(shown)
    assert told["series"][0]["documents"][0]["kind"] == "pdf"
    assert told["states"] == []
    monkeypatch.setattr(documents, "DOCUMENT_BYTES", 10)
    assert document(shown)["series"][0]["documents"] == [{"uid": display["uid"], "why": "size"}]


def test_states_have_the_same_size_as_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    made = series(1)
    displays = [display_of(data, facts_of(data)) for data in map(part10, (a_state(), a_pdf()))]
    beside = tuple(
        ShownInstance(uid(number), uid(number), 0, None, display)
        for number, display in enumerate(displays, 8)
    )
    shown = [ShownSeries(made.named, 1, (one,), None, Identity.AGREES, {}) for one in beside]
    told = document(made, *shown)
    [state], [pdf] = told["states"], told["series"][2]["documents"]
    assert (state["label"], pdf["kind"]) == ("NODULE", "pdf")
    assert "why" not in state
    # Each for itself has its place, and both do not.
    monkeypatch.setattr(documents, "DOCUMENT_BYTES", len(json.dumps(state)) + 10)
    told = document(made, *shown)
    refused = {"series": 1, "uid": state["uid"], "label": "NODULE", "why": "size"}
    assert told["series"][2]["documents"] == [pdf]
    assert told["states"] == [refused]
    assert document(made, shown[0])["states"] == [state]


def test_the_tables_that_images_offer_have_a_size_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond it are told by the images that have them, and by no other."""
    table = {"first": 0, "bits": 8, "table": "AAEC", "name": "NORMAL"}

    def with_tables(*given: dict[str, Any]) -> ShownSeries:
        made = series(*range(1, len(given) + 1))
        shown = [
            replace(one, display={**one.display, "same": {**one.display["same"], **more}})
            for one, more in zip(made.instances, given, strict=True)
        ]
        return replace(made, instances=tuple(shown))

    offering: dict[str, Any] = {"more_tables": [table]}
    alone = with_tables(offering)
    mixed = with_tables(offering, {}, {"tables_left": True})
    (told, also) = document(alone, mixed)["series"]
    assert told["same"]["more_tables"] == [table]
    assert also["each"]["more_tables"] == [[table], None, None]
    assert also["each"]["tables_left"] == [None, None, True]
    # The first series has its place, the second one has none.
    monkeypatch.setattr(documents, "TABLE_BYTES", len(json.dumps([table])))
    (told, also) = document(alone, mixed)["series"]
    assert told["same"]["more_tables"] == [table]
    assert "tables_left" not in {**told["same"], **told["each"]}
    assert "more_tables" not in {**also["same"], **also["each"]}
    assert also["each"]["tables_left"] == [True, None, True]
    (told, _) = document(mixed, alone)["series"]
    assert told["each"]["tables_left"] == [True, None, True]
    monkeypatch.setattr(documents, "TABLE_BYTES", 0)
    (told,) = document(alone)["series"]
    assert ("more_tables" in told["same"], told["each"]["tables_left"]) == (False, [True])


def test_nothing_of_the_patient_stands_in_a_series() -> None:
    assert "PAT-TROIS" not in str(document(series(1, 2, 3)))
