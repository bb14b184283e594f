"""``@frozen`` against the standard ``@dataclass(frozen=True, slots=True)``, the judge here."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import (
    KW_ONLY,
    MISSING,
    FrozenInstanceError,
    asdict,
    astuple,
    dataclass,
    field,
    fields,
    is_dataclass,
    make_dataclass,
    replace,
)
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import functions.drimbox
from functions.drimbox.values import frozen

T = TypeVar("T")
Decorator = Callable[[type[Any]], type[Any]]
standard: Decorator = dataclass(frozen=True, slots=True)


# ---- classes of every shape, made by either decorator


def empty(decorate: Decorator) -> type[Any]:
    @decorate
    class Empty:
        pass

    return Empty


def one_field(decorate: Decorator) -> type[Any]:
    @decorate
    class One:
        """It has a docstring."""

        a: int

    return One


def defaults(decorate: Decorator) -> type[Any]:
    @decorate
    class Defaults:
        kind: ClassVar[str] = "k"
        a: int
        b: tuple[int, ...] = ()
        c: Mapping[str, int] = field(default_factory=dict)

        @property
        def double(self) -> int:
            return self.a * 2

        @classmethod
        def of(cls, *given_: Any) -> Any:
            return cls(*given_)

    return Defaults


def hidden(decorate: Decorator) -> type[Any]:
    @decorate
    class Hidden:
        a: int
        secret: str = field(repr=False)
        noise: object = field(default=0, compare=False)
        left: object = field(default=1, hash=False)

    return Hidden


def keywords(decorate: Decorator) -> type[Any]:
    @decorate
    class Keywords:
        a: int
        c: int = field(default=3, kw_only=True)
        b: int = 2

    return Keywords


def after_a_mark(decorate: Decorator) -> type[Any]:
    @decorate
    class Marked:
        a: int
        _: KW_ONLY
        b: int
        c: int = 3

    return Marked


def inherited(decorate: Decorator) -> type[Any]:
    @decorate
    class Base:
        a: int
        b: int = 2

        def __repr__(self) -> str:
            return "Base(…)"

    @decorate
    class Derived(Base):
        c: int = field(kw_only=True)

    return Derived


def narrowed(decorate: Decorator) -> type[Any]:
    @decorate
    class Wide:
        a: int
        b: int

    @decorate
    class Narrow(Wide):
        kind: ClassVar[str] = "n"
        b: int = 5

    return Narrow


def generic(decorate: Decorator) -> type[Any]:
    @decorate
    class Box(Generic[T]):
        a: T

    return Box


class Shape(Protocol):
    @property
    def a(self) -> int: ...


def of_a_protocol(decorate: Decorator) -> type[Any]:
    @decorate
    class Shaped(Shape):
        a: int

    return Shaped


def checked(decorate: Decorator) -> type[Any]:
    @decorate
    class Checked:
        a: int

        def __post_init__(self) -> None:
            if self.a == 0:
                raise ValueError("a")

        def __repr__(self) -> str:
            return "Checked(…)"

    return Checked


def own_comparison(decorate: Decorator) -> type[Any]:
    @decorate
    class Own:  # noqa: PLW1641  # the decorator gives it one
        a: int
        b: int = 0

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and self.a == other.a

    return Own


def own_hash(decorate: Decorator) -> type[Any]:
    @decorate
    class Hashed:
        a: int

        def __hash__(self) -> int:
            return 7

    return Hashed


def own_state(decorate: Decorator) -> type[Any]:
    @decorate
    class Stated:
        a: int

        def __getstate__(self) -> list[int]:
            return [self.a]

        def __setstate__(self, state: list[int]) -> None:
            object.__setattr__(self, "a", state[0] + 1)

    return Stated


SHAPES: tuple[Callable[[Decorator], type[Any]], ...] = (
    *(empty, one_field, defaults, hidden, keywords, after_a_mark, inherited, narrowed),
    *(generic, of_a_protocol, checked, own_comparison, own_hash, own_state),
)
both = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


def told(act: Callable[[], object]) -> str:
    """The value as it shows itself, or the error's type and text."""
    try:
        return repr(act())
    except (TypeError, ValueError) as error:
        return repr((type(error), str(error)))


CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    *(((), {}), ((1,), {}), ((0,), {}), ((1, 2), {}), ((1, 2, 3), {}), ((1, 2, 3, 4), {})),
    *(((1, 2, 3, 4, 5), {}), ((), {"a": 1}), ((1,), {"a": 1}), ((1,), {"b": 4}), ((1,), {"z": 1})),
    *(((1,), {"c": 4}), ((1, 2), {"c": 4}), ((1,), {"secret": "s"}), ((1, "s"), {"noise": 9})),
    *(((1, []), {}), ((1, "s", 0, 2), {})),
)


@both
def test_a_call_gives_the_same_object_or_the_same_error(shape: Any) -> None:
    ours, theirs = shape(frozen), shape(standard)
    for given_, named in CALLS:
        assert told(lambda: ours(*given_, **named)) == told(lambda: theirs(*given_, **named))  # noqa: B023


@both
def test_two_objects_compare_and_hash_the_same(shape: Any) -> None:
    """Every pair of the objects that the calls above make; another class is never equal."""
    ours, theirs = ([_made(cls, *call) for call in CALLS] for cls in _pair(shape))
    assert [[a == b for b in ours] for a in ours] == [[a == b for b in theirs] for a in theirs]
    assert [[a != b for b in ours] for a in ours] == [[a != b for b in theirs] for a in theirs]
    assert [told(lambda: hash(a)) for a in ours] == [told(lambda: hash(a)) for a in theirs]  # noqa: B023
    objects = [one for one in ours if one is not None]
    assert not any(a == b for a in objects for b in theirs if b is not None) or shape is own_hash
    assert not any(a == (1,) for a in objects)


def _pair(shape: Any) -> tuple[type[Any], type[Any]]:
    return shape(frozen), shape(standard)


def _made(cls: type[Any], given_: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return cls(*given_, **named)
    except (TypeError, ValueError):
        return None


@both
def test_nothing_changes_an_object(shape: Any) -> None:
    """The standard one refuses a name that is no field too, by an error of another type."""
    for cls, also in zip(_pair(shape), (["other", "__class__", "__dict__"], []), strict=True):
        one = next(filter(None, (_made(cls, *call) for call in CALLS)))
        for name in [*also, *(one.name for one in fields(cls))]:
            with pytest.raises(FrozenInstanceError, match=f"^cannot assign to field '{name}'$"):
                setattr(one, name, 1)
            with pytest.raises(FrozenInstanceError, match=f"^cannot delete field '{name}'$"):
                delattr(one, name)
        assert hasattr(one, "__dict__") is (shape is of_a_protocol)


@both
def test_the_class_looks_the_same(shape: Any) -> None:
    ours, theirs = _pair(shape)
    for name in ("__name__", "__qualname__", "__module__", "__match_args__", "__slots__"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.__doc__ in (theirs.__doc__, None)
    assert is_dataclass(ours)
    assert str(fields(ours)) == str(fields(theirs))
    assert _parameters(ours) == _parameters(theirs)
    assert ours.__init__.__qualname__ == theirs.__init__.__qualname__
    assert ours.__init__.__module__ == theirs.__init__.__module__
    assert [base.__name__ for base in ours.__mro__] == [base.__name__ for base in theirs.__mro__]
    assert hasattr(ours, "__weakref__") == hasattr(theirs, "__weakref__")


def _parameters(cls: type[Any]) -> list[tuple[str, object, bool]]:
    """Name, kind, and whether there is a default; the default of a factory is not ours to see."""
    return [
        (one.name, one.kind, one.default is not inspect.Parameter.empty)
        for one in inspect.signature(cls).parameters.values()
    ]


@both
def test_the_tools_of_the_standard_library_work(shape: Any) -> None:
    ours, theirs = ([_made(cls, *call) for call in CALLS] for cls in _pair(shape))
    for a, b in zip(ours, theirs, strict=True):
        if a is None:
            assert b is None
            continue
        assert asdict(a) == asdict(b)
        assert astuple(a) == astuple(b)
        assert told(lambda: replace(a, a=5)) == told(lambda: replace(b, a=5))  # noqa: B023
        assert told(lambda: replace(a, z=5)) == told(lambda: replace(b, z=5))  # noqa: B023
        assert asdict(copy.copy(a)) == asdict(copy.copy(b))
        assert asdict(copy.deepcopy(a)) == asdict(copy.deepcopy(b))
        assert type(copy.deepcopy(a)) is type(a)


def test_a_factory_makes_a_new_default_each_time() -> None:
    cls = defaults(frozen)
    assert cls(1).c is not cls(1).c
    assert cls.of(2).double == 4


def test_an_object_that_holds_itself_is_shown() -> None:
    for cls in _pair(one_field):
        held: list[object] = []
        held.append(cls(held))
        assert repr(held[0]).endswith("One(a=[...])")
        assert repr(cls(held)) == repr(cls(held)).replace("\n", "")


@frozen
class Kept:
    """At the module's top, where pickle finds it."""

    a: int
    b: list[int]


@frozen
class KeptToo(Kept):
    c: int = 3


@given(st.integers(), st.lists(st.integers()), st.integers(0, pickle.HIGHEST_PROTOCOL - 2))
def test_pickle_gives_an_equal_object(a: int, b: list[int], older: int) -> None:
    kept = KeptToo(a, b)
    again = pickle.loads(pickle.dumps(kept, 2 + older))  # noqa: S301
    assert (type(again), again) == (KeptToo, kept)
    with pytest.raises(TypeError, match="unhashable"):
        hash(again)


def test_a_match_takes_the_fields_in_order() -> None:
    match Kept(1, [2]):
        case Kept(a, [b]):
            assert (a, b) == (1, 2)


def test_mypy_refuses_a_change_and_wrong_arguments() -> None:
    """``warn_unused_ignores`` fails the types' check if mypy accepts one of these."""
    kept = Kept(1, [])
    with pytest.raises(FrozenInstanceError):
        kept.a = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        Kept(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Kept(1, [], d=2)  # type: ignore[call-arg]
    assert Kept("1", []).a == "1"  # type: ignore[arg-type, comparison-overlap]
    with pytest.raises(TypeError):
        replace(kept, d=2)  # type: ignore[call-arg]
    assert replace(kept, a=()).a == ()  # type: ignore[arg-type, comparison-overlap]


def test_no_undecorated_subclass_can_assign() -> None:
    class Open(Kept):
        pass

    with pytest.raises(FrozenInstanceError):
        Open(1, []).other = 2  # type: ignore[attr-defined]


def test_a_class_of_another_shape_is_refused() -> None:
    class Left:
        a: int = field(init=False, default=1)

    with pytest.raises(TypeError, match="Left: __init__ takes every field of a value"):
        frozen(Left)

    class Late:
        a: int = 1
        b: int

    with pytest.raises(SyntaxError):
        frozen(Late)

    class Shared:
        a: list[int] = []  # noqa: RUF012

    with pytest.raises(ValueError, match="mutable default"):
        frozen(Shared)


# ---- every value of the library


@cache
def values() -> tuple[type[Any], ...]:
    found: dict[type[Any], None] = {}
    for module in pkgutil.walk_packages(functions.drimbox.__path__, "functions.drimbox."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and getattr(one, "__setattr__", None) is Kept.__setattr__:
                found[one] = None
    return tuple(found)


def test_every_value_of_the_library_is_as_the_standard_one_would_be() -> None:
    assert len(values()) > 150
    for ours in values():
        theirs = _standard_twin(ours)
        assert _parameters(ours) == _parameters(theirs), ours
        assert ours.__match_args__ == theirs.__match_args__
        if hasattr(ours, "__post_init__"):
            continue
        names = [one.name for one in fields(ours)]
        a, b, c = ({name: f"{name} {rest}" for name in names} for rest in ("1", "1", "2"))
        for cls in (ours, theirs):
            assert cls(**a) == cls(**b)
            assert hash(cls(**a)) == hash(cls(**b))
            assert (cls(**a) == cls(**c)) is (not names)
            assert asdict(cls(**a)) == a
            assert asdict(copy.copy(cls(**a))) == a
        assert hash(ours(**a)) == hash(theirs(**a))
        if vars(ours)["__repr__"] is vars(Kept)["__repr__"]:
            _, _, shown = repr(theirs(**a)).partition("(")
            assert repr(ours(**a)) == f"{ours.__qualname__}({shown}"


def _standard_twin(ours: type[Any]) -> type[Any]:
    """The fields of ``ours``, without its methods."""
    drawn = [
        (
            one.name,
            one.type,
            field(
                default=one.default,
                default_factory=one.default_factory,
                repr=one.repr,
                hash=one.hash,
                compare=one.compare,
                kw_only=one.kw_only,
            ),
        )
        for one in fields(ours)
    ]
    return make_dataclass(ours.__name__, drawn, frozen=True, slots=True)


def test_the_twins_are_drawn_from_defaults_too() -> None:
    assert any(one.default is not MISSING for cls in values() for one in fields(cls))
