"""functions.drimbox.reading.accept_headers: lists that all sites read, ours among them."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import NotAcceptable
from functions.drimbox.images.negotiation import as_held, choose, parse_accept
from functions.drimbox.reading.accept_headers import ACCEPTS, ANY, LOSSLESS
from functions.drimbox.tenants.model import ImageQuality

RLE = "1.2.840.10008.1.2.5"


@pytest.mark.parametrize("end", ["1", "4.50", "4.70", "4.80", "4.91", "4.103"])
def test_our_own_sites_give_each_syntax_of_the_list(end: str) -> None:
    held = f"1.2.840.10008.1.2.{end}"
    assert choose(parse_accept([LOSSLESS]), as_held([held])).transfer_syntaxes == {held: held}


def test_for_viewing_lossy_comes_before_lossless_and_nothing_else_is_asked_for() -> None:
    viewing = ACCEPTS[ImageQuality.VIEWING]
    lossless, lossy = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.51"
    chosen = choose(parse_accept([viewing]), {"held": (lossless, lossy)})
    assert chosen.transfer_syntaxes == {"held": lossy}
    forms = [
        {range_.transfer_syntax for range_ in parse_accept([one])} for one in (viewing, LOSSLESS)
    ]
    assert forms[0] == forms[1]


def test_lossless_comes_before_lossy() -> None:
    lossless, lossy = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.50"
    chosen = choose(parse_accept([LOSSLESS]), {"held": (lossy, lossless)})
    assert chosen.transfer_syntaxes == {"held": lossless}


def test_another_syntax_is_taken_in_the_second_question() -> None:
    with pytest.raises(NotAcceptable):
        choose(parse_accept([LOSSLESS]), as_held([RLE]))
    assert choose(parse_accept([ANY]), as_held([RLE])).form == "multipart"
