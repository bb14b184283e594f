"""Faults still to come, of any simulator: asked for one after the other, each for some requests."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

MAX_SECONDS: Final = 600
MAX_COUNT: Final = 1_000_000


class BadFault(ValueError):
    """The fault asked for is not one; the message names the field."""


class OneFault(Protocol):
    """A dataclass; ``count`` is how many more requests it strikes, None for ever."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def count(self) -> int | None: ...

    def describe(self) -> dict[str, Any]:
        """The fault as JSON."""
        ...


F = TypeVar("F", bound=OneFault)


def is_count(value: Any) -> bool:
    """A positive number of requests, or None for all."""
    return value is None or (type(value) is int and 0 < value <= MAX_COUNT)


def is_seconds(value: Any) -> bool:
    """A time from 0 to ten minutes."""
    return type(value) in {int, float} and 0 <= value <= MAX_SECONDS


class FaultQueue(ABC, Generic[F]):
    """The faults still to come, in the order asked for. They live as long as the process."""

    def __init__(self) -> None:
        self._faults: list[F] = []
        self._lock = threading.Lock()

    @staticmethod
    @abstractmethod
    def strikes(fault: F, request: str) -> bool:
        """Whether the fault is for a ``request`` of this kind."""

    def add(self, fault: F) -> None:
        """Ask for a fault, after those asked for before."""
        with self._lock:
            self._faults.append(fault)

    def take(self, request: str) -> F | None:
        """The first fault that strikes a ``request`` of this kind; uses it up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if self.strikes(fault, request):
                    if fault.count == 1:
                        del self._faults[index]
                    elif fault.count is not None:
                        self._faults[index] = replace(fault, count=fault.count - 1)
                    return fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        """The faults that are still to come."""
        with self._lock:
            return [fault.describe() for fault in self._faults]

    def clear(self) -> None:
        """No fault any more."""
        with self._lock:
            self._faults.clear()
