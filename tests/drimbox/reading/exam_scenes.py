"""An exam made elsewhere: its entry in the DMP, its manifest, and its site's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.identity.parties import Code
from functions.drimbox.manifest.build import build
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import InstanceRef, SeriesIndex
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.consultation.source_scenes import entry
from tests.drimbox.images.samples import CT, SERIES, STUDY, instance
from tests.drimbox.manifest.samples import facts, patient, study
from tests.drimbox.reading.sites import multipart

CHU: Final = "1860000011"
HOST: Final = "db1.example"
SECOND: Final = Uid("1.2.250.9.5.2")
MANIFEST: Final = "2.25.1"
NEWER: Final = "2.25.2"
TRAITS: Final = {
    "PatientName": "PAT-TROIS^DOMINIQUE",
    "PatientBirthDate": "19790327",
    "PatientSex": "F",
}


def manifest(
    uid: str = MANIFEST,
    series: Mapping[Uid, int] | None = None,
    *,
    host: str = HOST,
    prefix: str = "/rs",
    of: Uid = STUDY,
    **changes: Any,
) -> bytes:
    """The manifest ``uid`` of the study ``of`` and the page's patient, with so many objects of each
    series."""
    named = tuple(
        SeriesIndex(
            one,
            "CT",
            number,
            f"Série {number}",
            tuple(InstanceRef(CT, Uid(f"{one}.{n}"), n) for n in range(1, count + 1)),
        )
        for number, (one, count) in enumerate((series or {SERIES: 3}).items(), 1)
    )
    return build(
        facts(
            study=study(study_instance_uid=of, series=named, key_images=()),
            patient=patient(**{"ins": CALL.ins, **changes}),
            retrieve_base=f"https://{host}{prefix}",
            sop_instance_uid=Uid(uid),
        )
    )


def exam_entry(uid: str = MANIFEST, data: bytes = b"x" * 9, **changes: Any) -> DocumentEntry:
    """The entry of that manifest."""
    number = int(uid.rpartition(".")[2])
    known = {
        "sha1": "ab" * 20,
        "size": len(data),
        "type_code": Code(xds.IMG_KOS, xds.TYPE_SYSTEM, "KOS"),
        "service_start_time": "20260102093015",
        "reference_ids": (ReferenceId(str(STUDY), "", xds.STUDY_INSTANCE_UID),),
        "title": "Scanner thoracique",
    }
    return replace(entry(number, CHU, "CHU de Poitiers", **known), **changes)


def images(*numbers: int, series: Uid = SERIES, **changes: Any) -> dict[str, bytes]:
    """Objects of the page's patient, by their UIDs."""
    return {
        f"{series}.{n}": instance(
            n,
            **{
                "SOPInstanceUID": f"{series}.{n}",
                "SeriesInstanceUID": series,
                **TRAITS,
                **_PLACE,
                "ImagePositionPatient": [0, 0, float(n)],
                **changes,
            },
        )
        for n in numbers
    }


_PLACE: Final = {
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PixelSpacing": [1, 1],
    "FrameOfReferenceUID": "1.2.3.4",
}


def answering(objects: Mapping[str, bytes]) -> Any:
    """A site that holds these objects, as a transport's answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        path, _, uid = request.url.path.partition("/instances/")
        series = path.rpartition("/")[2]
        given = [
            data
            for one, data in objects.items()
            if one.startswith(f"{series}.") and (not uid or one == uid)
        ]
        if not given:
            return httpx.Response(404)
        body, content_type = multipart(tuple(given))
        stream = httpx.ByteStream(body)
        return httpx.Response(200, headers={"content-type": content_type}, stream=stream)

    return answer
