"""The kinds of series of a history: modality and class of their objects (PS3.3, PS3.4 B.5)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """``modality`` is a Defined Term of PS3.3 C.7.3.1.1.1, ``sop_class`` a UID. ``is_image``: its
    objects are images, to a manifest.
    """

    modality: str
    sop_class: str
    is_image: bool = True


_CT: Final = Kind("CT", "1.2.840.10008.5.1.4.1.1.2")
_MR: Final = Kind("MR", "1.2.840.10008.5.1.4.1.1.4")
_DX: Final = Kind("DX", "1.2.840.10008.5.1.4.1.1.1.1")
_MG: Final = Kind("MG", "1.2.840.10008.5.1.4.1.1.1.2")

KINDS: Final = {
    "ct_scout": _CT,
    "ct_scout_head": _CT,
    "ct_chest": _CT,
    "ct_chest_thick": _CT,
    "ct_abdomen": _CT,
    "ct_abdomen_arterial": _CT,
    "ct_head": _CT,
    "ct_low_dose": _CT,
    "mr_head_t1": _MR,
    "mr_head_flair": _MR,
    "mr_head_diffusion": _MR,
    "mr_knee": _MR,
    "mr_knee_sagittal": _MR,
    "mr_knee_coronal": _MR,
    "mr_spine_t1": _MR,
    "mr_spine_t2": _MR,
    "mr_spine_axial": _MR,
    "dx_chest": _DX,
    "dx_chest_lateral": _DX,
    "dx_femur": _DX,
    "dx_femur_lateral": _DX,
    "dx_hand": _DX,
    "mg_rcc": _MG,
    "mg_lcc": _MG,
    "mg_rmlo": _MG,
    "mg_lmlo": _MG,
    "us": Kind("US", "1.2.840.10008.5.1.4.1.1.6.1"),
    "us_cine": Kind("US", "1.2.840.10008.5.1.4.1.1.3.1"),
    "nm": Kind("NM", "1.2.840.10008.5.1.4.1.1.20"),
    "xa": Kind("XA", "1.2.840.10008.5.1.4.1.1.12.1"),
    "pt": Kind("PT", "1.2.840.10008.5.1.4.1.1.128"),
    "measurements": Kind("SR", "1.2.840.10008.5.1.4.1.1.88.33", is_image=False),
    "presentation": Kind("PR", "1.2.840.10008.5.1.4.1.1.11.1", is_image=False),
    "key_images": Kind("KO", "1.2.840.10008.5.1.4.1.1.88.59", is_image=False),
    "document": Kind("DOC", "1.2.840.10008.5.1.4.1.1.104.1", is_image=False),
}
