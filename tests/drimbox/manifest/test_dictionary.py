"""The manifest's attributes are those of the standard's dictionary."""

from __future__ import annotations

from pydicom.datadict import dictionary_VR, tag_for_keyword

from functions.drimbox.manifest.dictionary import ATTRIBUTES


def test_dictionary_is_that_of_the_standard() -> None:
    for keyword, attribute in ATTRIBUTES.items():
        assert tag_for_keyword(keyword) == attribute.tag
        assert dictionary_VR(attribute.tag) == attribute.vr
