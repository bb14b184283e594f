"""The one place of the product's version: answers, logs and documents take it from here.

The DMP knows another one, the version under which the product is registered (``lps.json``).
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.2.0"
