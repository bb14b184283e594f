"""C-FIND in the Study Root model (PS3.4 C.4.1, C.6.2): answers as attributes of DICOM JSON.

An answer is decoded in its own character set, whatever the question was written in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pynetdicom.presentation import build_context

from agent.pacs.failures import RequestFailed
from agent.pacs.headers import element_of
from functions.drimbox.errors import Held, PacsAnswerUnusable
from functions.drimbox.images.character_sets import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pynetdicom.association import Association

    from agent.pacs.associations import Associations
    from agent.pacs.headers import Attributes

FIND_MODEL: Final = "1.2.840.10008.5.1.4.1.2.2.1"
# Seconds for all answers to one question; a series has at most 50,000.
WHOLE: Final = 300.0

_LEVEL: Final = "00080052"
_CHARACTER_SET: Final = "00080005"
_UTF_8: Final = "ISO_IR 192"
# PS3.4 C.4.1.1.4. FF01: the archive knows some of the optional keys not.
_SUCCESS: Final = 0x0000
_PENDING: Final = frozenset({0xFF00, 0xFF01})
_CANCELLED: Final = 0xFE00
_NOT_AUTHORISED: Final = 0x0124


class Answers(NamedTuple):
    """The answers in the archive's order; ``more``: it has others, which were not asked for."""

    found: list[Attributes]
    more: bool


class Finder:
    """Asks the archive. ``monotonic`` gives seconds."""

    def __init__(
        self, associations: Associations, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._associations = associations
        self._monotonic = monotonic

    def find(
        self,
        level: str,
        matched: Mapping[str, str],
        returned: Sequence[str],
        *,
        most: int,
        seconds: float = WHOLE,
    ) -> Answers:
        """The answers to a question at ``level``: ``matched`` are the values to match by tag,
        ``returned`` the other attributes to give; no more than ``most``, within ``seconds``.

        Raises RequestFailed when the archive fails or falls silent, PacsAnswerUnusable when it says
        that its answers are not all, and Held ``pacs_refused``; as :meth:`Associations.open` too.
        """
        question = _question(level, matched, returned)
        tags = (*matched, *returned)
        with self._associations.open([build_context(FIND_MODEL)]) as association:
            found: list[Attributes] = []
            end = self._monotonic() + seconds
            for answer in _answers(association, question):
                if self._monotonic() > end:
                    raise RequestFailed("the answers take too long")
                if len(found) == most:
                    # The other answers need no reading: the association ends here.
                    association.abort()
                    return Answers(found, more=True)
                found.append(attributes_of(answer, tags))
            return Answers(found, more=False)


def _question(level: str, matched: Mapping[str, str], returned: Sequence[str]) -> Dataset:
    question = Dataset()
    values = {**dict.fromkeys(returned, ""), **matched, _LEVEL: level}
    if not all(value.isascii() for value in values.values()):
        values[_CHARACTER_SET] = _UTF_8
    for tag, value in values.items():
        number = int(tag, 16)
        question.add_new(number, dictionary_VR(number), value)
    return question


def _answers(association: Association, question: Dataset) -> Iterator[Dataset]:
    """The data sets up to the archive's last word."""
    for status, answer in association.send_c_find(question, FIND_MODEL):
        code = status.get("Status")
        if code in _PENDING:
            if answer is None:
                raise PacsAnswerUnusable("an answer cannot be decoded")
            yield answer
        elif code == _CANCELLED:
            raise PacsAnswerUnusable("the answers are not all that there are")
        elif code == _NOT_AUTHORISED:
            raise Held("pacs_refused", "C-FIND is not allowed")
        elif code != _SUCCESS:
            raise RequestFailed("no answer" if code is None else f"C-FIND status {code:04X}")


def attributes_of(answer: Dataset, tags: Sequence[str]) -> Attributes:
    """These attributes of a data set, where it has them, in the DICOM JSON model (PS3.18 F.2)."""
    texts = Texts(tuple(_text(answer, _CHARACTER_SET, Texts()).split("\\")))
    return {
        tag: element_of(tag, _text(answer, tag, texts)) for tag in tags if int(tag, 16) in answer
    }


def _text(answer: Dataset, tag: str, texts: Texts) -> str:
    """The text of an element, as it came: pydicom would judge its values, and convert some."""
    value = getattr(answer.get_item(int(tag, 16)), "value", None)
    return texts.decode(value) if isinstance(value, bytes) else ""
