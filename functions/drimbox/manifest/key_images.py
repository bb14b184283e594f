"""Key image notes of a study, read; and which key object selections hide objects instead."""

from __future__ import annotations

from typing import Final

from functions.drimbox.identity.oid import Uid
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import (
    MAX_BYTES,
    TAG,
    ManifestUnreadable,
    codec_of,
    description_of,
    evidence_of,
    read_key_objects,
)
from functions.drimbox.manifest.study import KeyImageNote

# Document titles (CID 7010) that are no key image note. A manifest designates a whole study;
# IHE IOCM's notes mean that the objects must not be used any more.
MANIFEST_TITLES: Final = frozenset(("113030", "113031", "113032", "113033", "113034", "113035"))
REJECTION_TITLES: Final = frozenset(("113001", "113037", "113038", "113039"))


def read_note(data: bytes, *, max_bytes: int = MAX_BYTES) -> KeyImageNote:
    """Read a Key Object Selection as a note: its title, its text, the objects it designates.

    Raises ManifestUnreadable, and nothing else.
    """
    try:
        root = read_key_objects(data, max_bytes=max_bytes)
        codec = codec_of(root)
        titles = root.items(TAG["ConceptNameCodeSequence"])
        if not titles:
            raise Malformed("has no title")
        return KeyImageNote(
            series_instance_uid=Uid(root.text(TAG["SeriesInstanceUID"])),
            sop_instance_uid=Uid(root.text(TAG["SOPInstanceUID"])),
            title_code=titles[0].text(TAG["CodeValue"]),
            title_scheme=titles[0].text(TAG["CodingSchemeDesignator"]),
            title_meaning=titles[0].text(TAG["CodeMeaning"], codec),
            text=description_of(root, codec),
            references=tuple(
                Uid(reference.text(TAG["ReferencedSOPInstanceUID"]))
                for _, series in evidence_of(root)
                for reference in series.items(TAG["ReferencedSOPSequence"])
            ),
        )
    except ValueError as error:
        raise ManifestUnreadable(
            str(error) if isinstance(error, Malformed) else "a UID is ill-formed"
        ) from None
