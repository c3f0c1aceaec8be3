"""Identifiers that count, so that messages can be read and runs repeated."""

import random

from trunkline.kit.ids import Branch, CallId, Tag


class CountingIds:
    """kit.ids.IdSource; `name` tells the actors of one test apart."""

    def __init__(self, name: str = "", seed: int = 0) -> None:
        self._name = name
        self._count = 0
        self._random = random.Random(seed)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def branch(self) -> Branch:
        return Branch(f"z9hG4bK-{self._name}{self._next()}")

    def tag(self) -> Tag:
        return Tag(f"{self._name}tag{self._next()}")

    def call_id(self) -> CallId:
        return CallId(f"{self._name}call{self._next()}")

    def sid(self, prefix: str) -> str:
        return f"{prefix}{self._next():032x}"

    def token(self) -> str:
        return f"{self._next():032x}"

    def number(self, below: int) -> int:
        return self._random.randrange(below)
