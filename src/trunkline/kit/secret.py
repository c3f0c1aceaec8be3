"""A value that must never reach a log, a trace or an error text."""

from typing import Generic, TypeVar, final

T = TypeVar("T")


@final
class Secret(Generic[T]):
    """Wraps a secret; `reveal` is the only way to it, and the only word to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")
