"""Values: classes whose objects never change, made quickly.

``@frozen`` stands for ``@dataclass(frozen=True, slots=True)``. Its users see the same, in a fifth
of the time, which a cold start pays for each class (decision 0047): ``dataclass`` collects the
fields, ``__init__`` alone is compiled per class, and all classes share the other methods.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

C = TypeVar("C")
_Fields = tuple[Field[Any], ...]
# The argument that was not given, where a factory makes the default.
_UNSET: Final = object()
# ``dataclass`` computes a signature for a class that has no docstring, which costs much.
_NO_DOC: Final = "-"
_collect_fields: Final = dataclass(init=False, repr=False, eq=False)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(plain: type[C]) -> type[C]:
    """``plain`` again as a frozen dataclass with slots.

    Differences: a class without docstring stays without one; no subclass can assign, not even an
    undecorated one; ``__init__`` has no annotations, and takes every field: TypeError refuses
    another one.
    """
    doc = plain.__doc__
    plain.__doc__ = doc or _NO_DOC
    _collect_fields(plain)
    taken: _Fields = fields(plain)  # type: ignore[arg-type]  # a dataclass since the line above
    if not all(one.init for one in taken):
        raise TypeError(f"{plain.__qualname__}: __init__ takes every field of a value")
    made = _with_slots(plain, doc, taken)
    made.__init__ = _initializer(made, taken)  # type: ignore[method-assign]
    return made


def _with_slots(plain: type[C], doc: str | None, taken: _Fields) -> type[C]:
    """A class cannot get slots once it is made, so this one is its copy."""
    names = [one.name for one in taken]
    dropped = {"__dict__", "__weakref__", *names}
    body = {name: item for name, item in plain.__dict__.items() if name not in dropped}
    inherited = {name for base in plain.__mro__ for name in base.__dict__.get("__slots__", ())}
    hash_is_ours = "__hash__" not in body or (body["__hash__"] is None and "__eq__" in body)
    body |= {
        "__doc__": doc,
        "__slots__": tuple(name for name in names if name not in inherited),
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
    }
    if hash_is_ours:
        hashed = [one.name for one in taken if (one.compare if one.hash is None else one.hash)]
        body["__hash__"] = _hash_of(_key(hashed))
    compared = [one.name for one in taken if one.compare]
    body = {**_SHARED, "__eq__": _equality_of(_key(compared)), **body}
    metaclass: Any = type(plain)
    made: type[C] = metaclass(plain.__name__, plain.__bases__, body)
    made.__qualname__ = plain.__qualname__
    return made


def _initializer(made: type[Any], taken: _Fields) -> Any:
    """The compiled ``__init__``: it assigns through the slots, which know no refusal."""
    space: dict[str, Any] = {"_unset": _UNSET}
    parameters = ["self"]
    body = [" pass"]
    for one in sorted(taken, key=lambda one: one.kw_only is True):
        name = passed = one.name
        if one.kw_only is True and "*" not in parameters:
            parameters.append("*")
        space[f"_set_{name}"] = getattr(made, name).__set__
        if one.default_factory is not MISSING:
            space[f"_make_{name}"] = one.default_factory
            parameters.append(f"{name}=_unset")
            passed = f"_make_{name}() if {name} is _unset else {name}"
        elif one.default is not MISSING:
            space[f"_default_{name}"] = one.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        body.append(f" _set_{name}(self, {passed})")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()")
    # The source holds the names of our own fields and nothing else.
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *body]), space)  # noqa: S102
    initialize = space["__init__"]
    initialize.__module__ = made.__module__
    initialize.__qualname__ = f"{made.__qualname__}.__init__"
    return initialize


def _key(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    """The named attributes of an object, as a tuple."""
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda self: (get(self),)


def _equality_of(key: Callable[[object], object]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is self.__class__:
            return key(self) == key(other)
        return NotImplemented

    return __eq__


def _hash_of(key: Callable[[object], object]) -> Callable[[object], int]:
    def __hash__(self: object) -> int:  # noqa: N807
        return hash(key(self))

    return __hash__


def _refuse_assignment(_self: object, name: str, _new: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@recursive_repr()
def _shown(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _state(self: Any) -> list[Any]:
    """For ``copy`` and ``pickle``."""
    return [getattr(self, one.name) for one in fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for one, item in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, item)


# A class keeps those that it writes itself.
_SHARED: Final = {"__repr__": _shown, "__getstate__": _state, "__setstate__": _set_state}
