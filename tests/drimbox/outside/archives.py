"""Archives and sets as another DRIMbox exports them, written by the standard library."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from functions.drimbox.dmp import formats, metadata
from functions.drimbox.dmp.signature import SignedDocument, sign
from functions.drimbox.dmp.signing import SHA1, AlgorithmSet
from functions.drimbox.identity.parties import Code
from functions.drimbox.oid import Uid
from functions.drimbox.outside.given_file import Reading
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.dmp import samples
from tests.drimbox.images.samples import STUDY
from tests.drimbox.reading.exam_scenes import MANIFEST, manifest

AT: Final = "2026-11-29T13:22:05+00:00"
FOLDER: Final = "SS000001"
SIGNATURE: Final = Uid("2.25.1003")
NORMAL: Final = samples.NORMAL
MASKED: Final = Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "")
HIDDEN: Final = Code("INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13", "")


_PATIENT: Final[dict[str, Any]] = {
    "birth_family": CALL.birth_family,
    "birth_given": CALL.birth_given,
    "birth_givens": CALL.birth_given,
    "birth_date": CALL.birth_date,
    "sex": CALL.sex,
    "birth_place": CALL.birth_place,
}


def kos(uid: str = MANIFEST, **changes: Any) -> bytes:
    """The manifest of CALL's patient, with all strict traits."""
    return manifest(uid, **{**_PATIENT, **changes})


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def reading(**changes: Any) -> Reading:
    """The page of CALL's patient; the DMP has said nothing."""
    return replace(Reading(CALL, AT, (), lambda _manifest, _study: None), **changes)


def submitted(
    *,
    uid: str = MANIFEST,
    study: Uid = STUDY,
    content: bytes = b"",
    codes: tuple[Code, ...] = (NORMAL,),
    algorithms: AlgorithmSet = SHA1,
    at: datetime = samples.AT,
) -> dict[str, bytes]:
    """The files of one set: metadata, manifest, signature, link."""
    data = content or kos(uid)
    signature = sign(
        SIGNATURE,
        samples.SUBMISSION_SET,
        (SignedDocument(Uid(uid), data),),
        samples.signer(),
        at=samples.AT,
        algorithms=algorithms,
    )
    patient = replace(samples.PATIENT, ins=CALL.ins, **_PATIENT)
    facts = samples.submission_facts(
        report=samples.report(patient=patient),
        exam=replace(samples.EXAM, study_instance_uid=study),
        manifest=metadata.DocumentFacts.of(Uid(uid), data, at),
        signature=metadata.DocumentFacts.of(SIGNATURE, signature, at),
        device=formats.DeviceAuthor("899000000002", "DRIMBox", "EDITEUR"),
        confidentiality=codes,
    )
    return {
        "METADATA.XML": located(metadata.build(facts)),
        "KOS_1_1.DCM": data,
        "SIGN_1.XML": signature,
        "CR.TXT": b"2.25.77;;279035121518989;1.2.250.1.213.1.4.10;IPP101;1.2.250.1.999.5",
    }


def located(stored: bytes, folder: str = FOLDER) -> bytes:
    """The stored metadata with the files' names, as an archive has them."""
    for end, name in (("DocumentKOS", "KOS_1_1.DCM"), ("Signature01", "SIGN_1.XML")):
        slot = (
            f'<rim:Slot name="URI"><rim:ValueList><rim:Value>{folder}/{name}</rim:Value>'
            "</rim:ValueList></rim:Slot>"
        ).encode()
        at = stored.index(b">", stored.index(f'<rim:ExtrinsicObject id="{end}"'.encode())) + 1
        stored = stored[:at] + slot + stored[at:]
    return stored


def placed(files: Mapping[str, bytes], folder: str = FOLDER) -> dict[str, bytes]:
    """The files of a set in their folder of an archive."""
    return {f"KA202603/IHE_XDM/{folder}/{name}": content for name, content in files.items()}


def xdm(*sets: Mapping[str, bytes]) -> bytes:
    """An archive of these sets, with its files for people."""
    files = {"KA202603/README.TXT": b"Emetteur", "KA202603/INDEX.HTM": b"<html></html>"}
    for number, one in enumerate(sets, 1):
        folder = f"SS{number:06}"
        moved = {
            name: content.replace(f"{FOLDER}/".encode(), f"{folder}/".encode())
            if name == "METADATA.XML"
            else content
            for name, content in one.items()
        }
        files |= placed(moved, folder)
    return zipped(files)


NOW: Final = datetime(2026, 11, 29, 13, 22, 5, tzinfo=UTC)
