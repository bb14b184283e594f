"""Changes of inputs that keep their form: JSON stays JSON, HL7 stays segments, XML stays elements.

Changed bytes seldom are a document of any form, and a parser stops at the first that is none. Here
values, fields and elements change, go, come twice or change places. Each module gives ``change``:
the changed input, or None for an input that has not this form. The same ``chance`` gives the same.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Change = Callable[[bytes, Random], bytes | None]


def chance_of(seed: int) -> Random:
    """The chance of a number that libFuzzer draws: a run can be repeated."""
    return Random(seed)  # noqa: S311  # no secret
