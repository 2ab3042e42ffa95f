"""`dataclass`, as the standard library has it, made in a sixteenth of its time: there are seven hundred of them.

The standard library writes the source of six methods for each class and compiles it, a tenth of a whole start, and half
of the classes are not used in a day. Here the methods that every class has alike are shared, and the one that differs,
`__init__`, is made by the standard library when the first instance is (docs/decisions/0036).

What differs besides: every attribute of a frozen instance is refused, not only fields, and `inspect.signature` of a
class tells its fields once it has an instance.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    # To whoever reads the types it is the same thing: a replica of its signature would be read as less.
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        init: bool = True,
        frozen: bool = False,
        slots: bool = False,
        kw_only: bool = False,
    ) -> Any:
        """The class with `__init__`, `__repr__`, `__eq__`, and `__hash__` where frozen, each unless it has its own."""
        make = partial(_made, init=init, frozen=frozen, slots=slots, kw_only=kw_only)
        return make if cls is None else make(cls)


def _made(cls: Any, *, init: bool, frozen: bool, slots: bool, kw_only: bool) -> Any:
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else the standard library writes a signature there
    own = cls.__dict__
    says_hash = own.get("__hash__") is not None or ("__hash__" in own and "__eq__" not in own)
    methods: dict[str, Any] = {} if "__eq__" in own else {"__eq__": _same}
    if "__repr__" not in own:
        methods["__repr__"] = _shown
    if not says_hash:
        methods["__hash__"] = _hashed if frozen else None
    if frozen:
        methods |= {"__setattr__": _refused, "__delattr__": _refused}
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _restored}
    # The fields, and no method that would be compiled.
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
    if init and "__init__" not in own:
        methods["__init__"] = _first_init(made, frozen)
    methods["__values__"] = _reader([field.name for field in dataclasses.fields(made) if field.compare])
    for name, method in methods.items():
        setattr(made, name, method)
    return made


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What an instance is compared by, as a tuple."""
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    if not names:
        return staticmethod(lambda _: ())
    only = attrgetter(names[0])
    return staticmethod(lambda instance: (only(instance),))


def _first_init(made: Any, frozen: bool) -> Callable[..., None]:
    """`__init__` until the first call, which puts the compiled one in its place. Two threads may do so at once: both
    make the same."""

    def first(self: Any, /, *values: Any, **named: Any) -> None:
        made.__init__ = _compiled_init(made, frozen)
        made.__init__(self, *values, **named)

    return first


def _compiled_init(made: Any, frozen: bool) -> Any:
    """`__init__` as the standard library writes it, taken from a class of the same fields."""
    same = [
        (
            field.name,
            field.type,
            dataclasses.field(default=field.default, default_factory=field.default_factory, kw_only=field.kw_only),
        )
        for field in dataclasses.fields(made)
    ]
    rest = {"__post_init__": None} if hasattr(made, "__post_init__") else {}
    twin: Any = dataclasses.make_dataclass(
        made.__name__, same, namespace={**rest, "__doc__": ""}, repr=False, eq=False, frozen=frozen
    )
    twin.__init__.__qualname__ = f"{made.__qualname__}.__init__"
    return twin.__init__


def _same(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__values__(self) == self.__values__(other)


def _hashed(self: Any) -> int:
    return hash(self.__values__(self))


@recursive_repr()
def _shown(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refused(_self: Any, name: str, *_value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restored(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
