"""Which kind of content item designates an object: IMAGE, WAVEFORM or COMPOSITE (TID 2010)."""

from __future__ import annotations

from typing import Final, Literal

ContentType = Literal["IMAGE", "WAVEFORM", "COMPOSITE"]

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
# Storage classes (PS3.4 B.5, retired ones included) whose IOD holds an image, after the root.
_IMAGES_TABLE: Final = """
    1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3 3.1 4 4.1 4.3 4.4 5 6 6.1 6.2 6.3 7 7.1 7.2 7.3 7.4
    12.1 12.1.1 12.2 12.2.1 12.3 13.1.1 13.1.2 13.1.3 13.1.4 13.1.5 14.1 14.2 20 30 66.4 66.7
    77.1.1 77.1.1.1 77.1.2 77.1.2.1 77.1.3 77.1.4 77.1.4.1 77.1.5.1 77.1.5.2 77.1.5.4 77.1.5.5
    77.1.5.6 77.1.5.7 77.1.5.8 77.1.6 77.1.7 77.1.8 77.1.9 81.1 82.1 128 128.1 130
    481.1 481.2 481.23 481.24 501.1 501.2.1 501.2.2 501.4 501.5 501.6 601.1 601.2
"""
_WAVEFORMS_TABLE: Final = """
    9.1.1 9.1.2 9.1.3 9.1.4 9.2.1 9.3.1 9.4.1 9.4.2 9.5.1 9.6.1 9.6.2 9.7.1 9.7.2 9.7.3 9.7.4 9.8.1
"""
# Images of one frame by their IOD: an index that says nothing of frames is complete for these.
_SINGLE_FRAMES_TABLE: Final = """
    1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 4 6 6.1 7 12.3 77.1.1 77.1.2 77.1.3 77.1.4 77.1.7 128
"""
_IMAGES: Final = frozenset(_IMAGES_TABLE.split())
_WAVEFORMS: Final = frozenset(_WAVEFORMS_TABLE.split())
_SINGLE_FRAMES: Final = frozenset(_SINGLE_FRAMES_TABLE.split())


def content_type(sop_class_uid: str) -> ContentType:
    """The value type of the content item that designates an object of this class.

    COMPOSITE is right for every composite object (PS3.3 C.18.3), hence also the answer for a
    private class or one that a later edition adds.
    """
    root, suffix = sop_class_uid[: len(_STORAGE)], sop_class_uid[len(_STORAGE) :]
    if root != _STORAGE:
        return "COMPOSITE"
    if suffix in _IMAGES:
        return "IMAGE"
    return "WAVEFORM" if suffix in _WAVEFORMS else "COMPOSITE"


def is_single_frame(sop_class_uid: str) -> bool:
    """True when an object of this standard class never has several frames.

    Private and unknown classes are not known to be: False.
    """
    if not sop_class_uid.startswith(_STORAGE):
        return False
    if content_type(sop_class_uid) == "IMAGE":
        return sop_class_uid[len(_STORAGE) :] in _SINGLE_FRAMES
    return True
