"""The area of a tenant's operators."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.area import Area

OPERATIONS: Final = Area(
    path="operations",
    product=("DRIMbox, exploitation", "DRIMbox, operations"),
    navigation={
        "": ("Publications", "Publications"),
        "/activity": ("Activité", "Activity"),
        "/check": ("Contrôler un message", "Check a message"),
    },
    session_cookie="__Host-operator",
    sign_in_cookie="__Host-signin",
)
