"""A strict reader of declared facts: each name is known, and each fault is told by its place.

A fault names a field, never its value: a value may be a secret in the wrong place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import yaml

from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from yaml.nodes import MappingNode

T = TypeVar("T")
_NONE: Final = object()


class Fields:
    """One mapping of the file, at ``place`` of it; ``faults`` are those of the whole file.

    Each method takes one field out. A value that its reader cannot read is a fault, and ``None`` is
    given: :func:`read` refuses the file as a whole.
    """

    def __init__(self, facts: Any, place: str, faults: list[str]) -> None:
        self.place = place
        self._faults = faults
        self._left: dict[Any, Any] = {}
        if isinstance(facts, dict):
            self._left = dict(facts)
        else:
            faults.append(f"{place or 'the file'}: not a mapping")

    def take(self, name: str, reader: Callable[[Any], T], default: Any = _NONE) -> Any:
        """The field as ``reader`` reads it, which raises ValueError; ``default`` where it is not
        given: without one it must be."""
        value = self._left.pop(name, None)
        if value is None:
            if default is _NONE:
                self.fault(name, "missing")
                return None
            return default
        try:
            return reader(value)
        except ValueError:
            self.fault(name, "ill-formed")
            return None

    def section(
        self, name: str, reader: Callable[[Fields], T], *, required: bool = False
    ) -> T | None:
        """A mapping within this one, None where it is not given."""
        value = self._left.pop(name, None)
        if value is None:
            if required:
                self.fault(name, "missing")
            return None
        return self._read(value, name, reader)

    def several(self, name: str, reader: Callable[[Fields], T], *, least: int = 0) -> tuple[T, ...]:
        """A list of mappings, none where it is not given."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or len(value) < least:
            self.fault(name, "ill-formed")
            return ()
        return tuple(
            self._read(one, f"{name}[{number}]", reader) for number, one in enumerate(value)
        )

    def has(self, name: str) -> bool:
        """Whether the field is given, and not taken yet."""
        return name in self._left

    def fault(self, name: str, told: str) -> None:
        """Note a fault of a field."""
        self._faults.append(f"{self._path(name)}: {told}")

    def end(self) -> None:
        """Note the fields that nobody knows."""
        for name in self._left:
            self.fault(str(name), "unknown")

    def _read(self, value: Any, name: str, reader: Callable[[Fields], T]) -> T:
        inner = Fields(value, self._path(name), self._faults)
        found = reader(inner)
        inner.end()
        return found

    def _path(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name


def read(text: str, reader: Callable[[Fields], T]) -> T:
    """The facts of a YAML text. Raises ConfigurationError that names each fault of it."""
    try:
        # The loader is PyYAML's safe one, which makes plain values alone.
        facts = yaml.load(text, _Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ConfigurationError("agent.yaml is not YAML, or names a field twice") from None
    faults: list[str] = []
    fields = Fields(facts, "", faults)
    found = reader(fields)
    fields.end()
    if faults:
        raise ConfigurationError(f"agent.yaml: {'; '.join(faults)}")
    return found


class _Loader(yaml.SafeLoader):
    """Refuses a name that is given twice: YAML would take the last one in silence."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """See ``SafeConstructor``."""
        found = super().construct_mapping(node, deep)
        if len(found) != len(node.value):
            raise ValueError("a name is given twice")
        return found
