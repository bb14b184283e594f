"""Words of the list that several of its parts need: numbers, modalities, moments, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading import list_texts

if TYPE_CHECKING:
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.identity.parties import Code
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.wording.text import Text

# The colours of the style sheet, by the modality; the others have the usual one.
_COLOURS: Final = {
    **{"MR": "mr", "US": "us", "MG": "mg", "PT": "pt", "NM": "pt"},
    **dict.fromkeys(("CR", "DX", "IO", "PX", "RF", "XA"), "dx"),
}
_QUIET: Final = frozenset({"archived", "old", "withdrawn"})


def counted(layout: Layout, count: int, both: tuple[Text, Text]) -> str:
    """``count`` with its word: one in French is 0 or 1, in English 1 alone."""
    alone = count < 2 if layout.language == "fr" else count == 1
    written = f"{count:,}".replace(",", "\u202f" if layout.language == "fr" else ",")
    return layout.text(both[0] if alone else both[1]).format(count=written)


def modality_name(layout: Layout, code: Code) -> str:
    """The modality in the page's language, as the DMP calls it where we do not know it."""
    known = list_texts.MODALITIES.get(code.code)
    return layout.text(known) if known else code.display or code.code


def region_name(code: Code) -> str:
    """The region as the DMP calls it, with a capital: most value sets write none."""
    name = code.display or code.code
    return name[:1].upper() + name[1:]


def badge(document: ImagingDocument) -> Html:
    """The codes of the modalities that made the images; nothing where the DMP names none."""
    codes = sorted(document.image_modalities) or sorted({one.code for one in document.modalities})
    colour = next((_COLOURS[one] for one in codes if one in _COLOURS), "")
    if not codes:
        return tag("span")
    return tag("span", "+".join(codes[:2]), class_=f"m {colour}".strip())


def day_of(layout: Layout, at: str) -> str:
    """The day of a moment, or its month or year."""
    if len(at) == 6:
        return f"{at[4:]}/{at[:4]}" if layout.language == "fr" else f"{at[:4]}-{at[4:]}"
    return day(at[:8], layout.language)


def marks(layout: Layout, document: ImagingDocument) -> Html:
    """Each state and restriction of the document in words; a code that we do not know as it is."""
    told = []
    for one in document.told:
        words = layout.text(list_texts.MARKS[one.mark])
        colour = "tag" if one.mark in _QUIET else "tag wait"
        told += [" ", tag("span", f"{words} : {one.code}" if one.code else words, class_=colour)]
    return join(*told)
