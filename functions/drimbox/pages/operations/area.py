"""The area of a tenant's operators."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.area import Area
from functions.drimbox.pages.operations import texts

OPERATIONS: Final = Area(
    path="operations",
    product=texts.PRODUCT,
    navigation=texts.NAVIGATION,
    session_cookie="__Host-operator",
    sign_in_cookie="__Host-signin",
)
