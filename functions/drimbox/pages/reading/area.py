"""The area of the professionals who read exams at a tenant."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.area import Area
from functions.drimbox.pages.kit.stylesheet import READING_SHEET
from functions.drimbox.pages.reading import texts

READING: Final = Area(
    path="reading",
    product=texts.PRODUCT,
    navigation={},
    session_cookie="__Host-reader",
    sign_in_cookie="__Host-psc",
    sheet=READING_SHEET,
)
