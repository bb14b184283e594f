"""functions.drimbox.wording.hl7_fields: names of fields are labels, never markup."""

from __future__ import annotations

import re

from functions.drimbox.wording.hl7_fields import FIELDS


def test_no_name_holds_markup() -> None:
    for named in FIELDS.values():
        assert not any(re.search("[<>]", name.fr + name.en) for name in named.values())
