"""An object on its way to a PACS, and its outcome there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from functions.drimbox.oid import Uid


@frozen
class Outgoing:
    """One object to store: ``content`` gives its bytes, ``size`` of them, once."""

    sop_instance_uid: Uid
    size: int
    content: Callable[[], Iterable[bytes]]


@frozen
class Part:
    """The objects of a study that leave together. ``key`` is the place in the professional's
    session where they may be laid on their way: the same objects of the same try have the same.
    """

    study: Uid
    key: str
    objects: tuple[Uid, ...]


@frozen
class Stored:
    """The outcome of one object. ``failure``: the Failure Reason (0008,1197), None when it is
    stored; ``warning``: the Warning Reason (0008,1196) of one that was, such as B000 (coerced) or
    B007 (does not match its class)."""

    failure: int | None = None
    warning: int | None = None
