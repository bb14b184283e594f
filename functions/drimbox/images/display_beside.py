"""Objects beside the images that a viewer shows in another way: documents and presentation states.

Each is ``{"document": …}`` or ``{"state": …}``; one that is not understood has ``why`` there, a
code, and nothing else of its content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.images.dicom_json import MAX_BINARY_BYTES
from functions.drimbox.images.display_content import NotUnderstood, structured_report
from functions.drimbox.images.display_palette import MAX_TABLE_BYTES
from functions.drimbox.images.display_pdf import encapsulated_pdf
from functions.drimbox.images.display_state import presentation_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.manifest.elements import Buffer

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
# Structured reports (PS3.4 B.5), their notes of key images among them.
_REPORTS: Final = frozenset(
    f"{_STORAGE}88.{one}" for one in (11, 22, 33, 34, 35, 40, 50, 59, 65, *range(67, 77))
)
_PDF: Final = f"{_STORAGE}104.1"
# Those of A.33 and their younger kin: blended, volumetric and planar ones are named by their code.
_STATES: Final = frozenset(f"{_STORAGE}11.{one}" for one in range(1, 13))


def most_binary(sop_class: str) -> int:
    """The bytes of the longest binary value that is read of an object of that class: a table of
    contrast is one."""
    return MAX_TABLE_BYTES if sop_class in _STATES else MAX_BINARY_BYTES


def beside(sop_class: str, root: Attributes, data: Buffer, start: int) -> dict[str, Any] | None:
    """The document or state of an object whose data set ``root`` begins at ``start`` of ``data``;
    None for an object of any other class. Raises Malformed."""
    read: Callable[[], dict[str, Any]]
    if sop_class in _STATES:
        name, read = "state", lambda: presentation_state(sop_class, root)
    elif sop_class in _REPORTS:
        name, read = "document", lambda: structured_report(root)
    elif sop_class == _PDF:
        name, read = "document", lambda: encapsulated_pdf(root, data, start)
    else:
        return None
    try:
        return {name: read()}
    except NotUnderstood as reason:
        return {name: {"why": reason.code}}
