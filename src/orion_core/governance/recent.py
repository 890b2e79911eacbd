"""A bounded mapping that forgets what was used least recently. Knows not what it keeps.

Entries live in two generations. What is used moves to the young one; when that is full, it becomes the old one, and
what was left in the old one is forgotten. So the half that was used last is always kept, the bound always holds, and a
lookup of what is in use costs one lookup in a dict: no list to reorder (docs/decisions/0015).
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import cython


@cython.final
@cython.cclass
class Recent:
    """Keeps values under keys.

    Args:
        capacity: Entries kept at most.
    """

    def __init__(self, capacity: cython.Py_ssize_t) -> None:
        self.capacity = capacity
        self.half = max(1, capacity // 2)
        self.young: dict[Any, Any] = {}
        self.old: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Keys and values, those used less recently first; nothing may be kept or forgotten meanwhile."""
        return chain(self.old.items(), self.young.items())

    def values(self) -> Iterator[Any]:
        """Likewise, the values alone."""
        return chain(self.old.values(), self.young.values())

    @cython.ccall
    def get(self, key: object) -> Any:
        """The value of `key`, from now on used recently; None without one."""
        value = self.young.get(key)
        if value is None:
            value = self.old.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    @cython.ccall
    def put(self, key: object, value: object) -> None:
        """Keep a value; what was used least recently gives way."""
        if len(self.young) >= self.half and key not in self.young:
            self.old = self.young if self.capacity > 1 else {}
            self.young = {}
        self.young[key] = value
        self.old.pop(key, None)

    @cython.ccall
    def drop(self, key: object) -> Any:
        """Forget a key; returns what it had, or None."""
        value = self.young.pop(key, None)
        return self.old.pop(key, None) if value is None else value
