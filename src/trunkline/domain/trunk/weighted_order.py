"""A random order in which the share of each entry follows its weight (sip.md 4.2)."""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Draw: TypeAlias = Callable[[int], int]
"""A uniform integer in [0, below); `IdSource.number` is one."""


def weighted_order(entries: Sequence[tuple[T, int]], draw: Draw) -> list[T]:
    """Draw without putting back, in proportion to the weights of those left.

    Drawing the whole order at once is the same as drawing anew after each failure. Weight 0 has no share: those come
    last, as given.
    """
    left = [(entry, weight) for entry, weight in entries if weight > 0]
    last = [entry for entry, weight in entries if weight <= 0]
    total = sum(weight for _, weight in left)
    order: list[T] = []
    while left:
        mark = draw(total)
        for index, (entry, weight) in enumerate(left):
            if mark < weight:
                order.append(entry)
                total -= weight
                del left[index]
                break
            mark -= weight
        else:
            raise ValueError("the draw was not below its bound")
    return order + last
