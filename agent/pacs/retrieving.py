"""Objects out of the archive by C-MOVE to our own receiver, or by C-GET (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pynetdicom import build_role, evt
from pynetdicom.presentation import build_context

from agent.pacs.arrivals import Incomplete
from agent.pacs.failures import RequestFailed
from agent.pacs.library import stored_names
from functions.drimbox.errors import Held

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pynetdicom.association import Association
    from pynetdicom.events import Event
    from pynetdicom.presentation import PresentationContext

    from agent.pacs.arrivals import Arrivals
    from agent.pacs.associations import Associations
    from agent.pacs.expected import Expected
    from functions.drimbox.oid import Uid

MOVE_MODEL: Final = "1.2.840.10008.5.1.4.1.2.2.2"
GET_MODEL: Final = "1.2.840.10008.5.1.4.1.2.2.3"
_LEVEL: Final = "00080052"
_PENDING: Final = 0xFF00
# Not authorised, and C-MOVE's unknown destination: the archive does not know us (PS3.4 C.4.2.1.5).
_REFUSED: Final = frozenset({0x0124, 0xA801})
# Seconds for the archive's last word once every object is here.
_LAST_WORD: Final = 10.0
# Seconds without a message on the association that asked: the objects come on others, and
# ``Arrivals`` watches over these.
_PATIENCE: Final = 3600.0
# A context has an odd number below 256 (PS3.8 9.3.2.2), and one is for the request itself.
_CONTEXTS: Final = 127
# By C-GET an archive sends an object in the first syntax of a context that it can write, hence one
# context for each. The order is that in which archives store images, the most frequent ones first.
SYNTAXES: Final = (
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.100",
    "1.2.840.10008.1.2.4.101",
    "1.2.840.10008.1.2.4.102",
    "1.2.840.10008.1.2.4.103",
    "1.2.840.10008.1.2.4.107",
    "1.2.840.10008.1.2.4.108",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.4.203",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
# Where C-FIND names no classes: those that imaging sites store most.
COMMON_CLASSES: Final = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.88.59",
    "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.3.1",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.1.2",
    "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.20",
    "1.2.840.10008.5.1.4.1.1.11.1",
    "1.2.840.10008.5.1.4.1.1.88.67",
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.104.1",
    "1.2.840.10008.5.1.4.1.1.12.2",
)


class Retrieval(Protocol):
    """A way to get objects."""

    def retrieve(
        self, level: str, place: Mapping[str, str], wanted: Mapping[Uid, str], folder: Path
    ) -> Iterator[Path]:
        """Each of the ``wanted`` objects (with their SOP classes, "" where unknown) as a file of
        ``folder``, which belongs to nothing else. ``place``: the UIDs, by tag, of the entity at
        ``level`` that is asked for.

        Raises RequestFailed when not all of them come, Held ``pacs_refused``, and the errors of
        ``Associations.open``.
        """
        ...


class Moving:
    """Implements :class:`Retrieval` by C-MOVE: the archive sends the ``expected`` objects to our
    listener, which it knows by ``ae_title``."""

    def __init__(self, associations: Associations, expected: Expected, ae_title: str) -> None:
        self._associations = associations
        self._expected = expected
        self._ae_title = ae_title
        self._numbers = count(1)

    def retrieve(
        self, level: str, place: Mapping[str, str], wanted: Mapping[Uid, str], folder: Path
    ) -> Iterator[Path]:
        """See :class:`Retrieval`."""
        number = next(self._numbers) % 0x10000
        with (
            self._expected.expecting(frozenset(wanted), folder) as arrivals,
            self._associations.open([build_context(MOVE_MODEL)], silence=_PATIENCE) as association,
        ):
            statuses = association.send_c_move(
                _identifier(level, place), self._ae_title, MOVE_MODEL, msg_id=number
            )
            yield from _arriving(association, statuses, arrivals)


class Getting:
    """Implements :class:`Retrieval` by C-GET: the objects come on our own association, so that the
    archive needs no way to us."""

    def __init__(self, associations: Associations, expected: Expected) -> None:
        self._associations = associations
        self._expected = expected

    def retrieve(
        self, level: str, place: Mapping[str, str], wanted: Mapping[Uid, str], folder: Path
    ) -> Iterator[Path]:
        """See :class:`Retrieval`."""
        classes = storage_classes(wanted.values())
        with (
            self._expected.expecting(frozenset(wanted), folder) as arrivals,
            self._associations.open(
                storage_contexts(classes),
                roles=[build_role(one, scp_role=True) for one in classes],
                handlers=[(evt.EVT_C_STORE, _keep, [arrivals])],
                silence=_PATIENCE,
            ) as association,
        ):
            statuses = association.send_c_get(_identifier(level, place), GET_MODEL)
            yield from _arriving(association, statuses, arrivals)


def storage_classes(named: Collection[str]) -> list[str]:
    """The classes to negotiate for objects of these ("": unknown), one context each at least."""
    known = [one for one in dict.fromkeys(named) if one]
    others = COMMON_CLASSES if "" in named else ()
    return list(dict.fromkeys((*known, *others)))[:_CONTEXTS]


def storage_contexts(classes: Sequence[str]) -> list[PresentationContext]:
    """The context of C-GET, and one for each class and transfer syntax, as many as there may be:
    the first syntaxes of all classes before the last ones of any."""
    pairs = [(one, syntax) for syntax in SYNTAXES for one in classes][:_CONTEXTS]
    return [build_context(GET_MODEL), *(build_context(one, syntax) for one, syntax in pairs)]


def _keep(event: Event, arrivals: Arrivals) -> int:
    path = event.dataset_path
    try:
        return arrivals.take(stored_names(event)[1], path)
    finally:
        # Of a C-GET the library leaves the file, also of an object that is not taken.
        with suppress(OSError):
            path.unlink()


def _identifier(level: str, place: Mapping[str, str]) -> Dataset:
    made = Dataset()
    for tag, value in {_LEVEL: level, **place}.items():
        number = int(tag, 16)
        made.add_new(number, dictionary_VR(number), value)
    return made


def _arriving(
    association: Association,
    statuses: Iterator[tuple[Dataset, Dataset | None]],
    arrivals: Arrivals,
) -> Iterator[Path]:
    listener = Thread(
        target=_listen, args=(statuses, arrivals), name="dicom-retrieval", daemon=True
    )
    listener.start()
    try:
        yield from arrivals
        listener.join(_LAST_WORD)
    except Incomplete as error:
        if error.status in _REFUSED:
            raise Held("pacs_refused", str(error)) from None
        raise RequestFailed(str(error)) from None
    finally:
        if listener.is_alive():
            association.abort()
            # The listener waits for a message, and nobody else tells it that none will come.
            association.dimse.msg_queue.put((None, None))


def _listen(statuses: Iterator[tuple[Dataset, Dataset | None]], arrivals: Arrivals) -> None:
    """Hear the archive's words about a retrieval to the last one."""
    last: int | None = None
    # A fault of the library ends the retrieval as a lost association does; its text quotes values.
    with suppress(Exception):
        for status, _ in statuses:
            last = status.get("Status")
            arrivals.moving()
    arrivals.end(None if last == _PENDING else last)
