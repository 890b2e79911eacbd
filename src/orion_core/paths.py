"""Dotted paths into a message, split once at load: get and set. Knows no message and no logic.

A segment of digits names a place in an array, or a member of an object that stands there; a leading `#` always names
a member (`data.#20` is the member "20"). Missing objects and arrays on the way are made when a path is set.
"""

from typing import Any

import cython

MAX_SEGMENTS = 64
MAX_GAP = 10_000  # places an array may be padded by, so that `data.x.999999999` is refused instead of filling memory


class PathError(Exception):
    """A path that cannot be written; the message says where it is blocked."""


@cython.final
@cython.cclass
class Path:
    """A compiled path.

    Args:
        text: The path as the admin wrote it.
    """

    def __init__(self, text: str) -> None:
        segments = text.split(".")
        self.text = text
        self.keys = tuple(segment[1:] if segment.startswith("#") else segment for segment in segments)
        self.places = tuple(int(segment) if _is_place(segment) else -1 for segment in segments)
        self.length = len(segments)

    @cython.ccall
    def get(self, root: object) -> object:
        """The value at this path, or None when there is none."""
        node: object = root
        step: cython.Py_ssize_t
        for step in range(self.length):
            if type(node) is dict:
                node = cython.cast(dict, node).get(self.keys[step])
            elif type(node) is list:
                place: cython.Py_ssize_t = self.places[step]
                if place < 0 or place >= len(cython.cast(list, node)):
                    return None
                node = cython.cast(list, node)[place]
            else:
                return None
            if node is None:
                return None
        return node

    @cython.ccall
    def set(self, root: dict[str, Any], value: object) -> None:
        """Write `value` at this path.

        Raises:
            PathError: Something other than an object or array stands in the way, or an array would have to be
                padded by more than 10,000 places.
        """
        node: object = root
        step: cython.Py_ssize_t
        last: cython.Py_ssize_t = self.length - 1
        for step in range(last):
            node = self.enter(node, step)
        if type(node) is dict:
            cython.cast(dict, node)[self.keys[last]] = value
        else:
            self.place(node, last, value)

    @cython.cfunc
    def enter(self, node: object, step: cython.Py_ssize_t) -> object:
        """The container at `step` of `node`, made when there is none."""
        child: object = None
        if type(node) is dict:
            child = cython.cast(dict, node).get(self.keys[step])
        else:
            place: cython.Py_ssize_t = self.places[step]
            if 0 <= place < len(cython.cast(list, node)):
                child = cython.cast(list, node)[place]
        if type(child) is dict:
            return child
        if type(child) is list:
            if self.places[step + 1] < 0:
                raise PathError(f"'{self.upto(step)}' is an array; '{self.keys[step + 1]}' names no place in it")
            return child
        if child is not None:
            raise PathError(f"'{self.upto(step)}' is neither an object nor an array")
        child = [] if self.places[step + 1] >= 0 else {}
        if type(node) is dict:
            cython.cast(dict, node)[self.keys[step]] = child
        else:
            self.place(node, step, child)
        return child

    @cython.cfunc
    def place(self, node: object, step: cython.Py_ssize_t, value: object) -> None:
        """Put `value` into an array, padding it with null."""
        array: list[Any] = cython.cast(list, node)
        place: cython.Py_ssize_t = self.places[step]
        missing: cython.Py_ssize_t = place - len(array)
        if missing > MAX_GAP:
            raise PathError(f"'{self.upto(step)}' lies {missing} places beyond the end of its array")
        if missing < 0:
            array[place] = value
            return
        if missing > 0:
            array.extend([None] * missing)
        array.append(value)

    @cython.cfunc
    def upto(self, step: cython.Py_ssize_t) -> str:
        """The path's text up to and including `step`."""
        return ".".join(self.text.split(".")[: step + 1])


def _is_place(segment: str) -> bool:
    return segment.isascii() and segment.isdecimal() and len(segment) <= 9


def check_path(text: str) -> str | None:
    """What is wrong with a path an admin wrote, or None."""
    segments = text.split(".")
    if not text or any(not segment or segment == "#" for segment in segments):
        return "a path is names between single dots"
    if len(segments) > MAX_SEGMENTS:
        return f"the path has {len(segments)} segments; at most {MAX_SEGMENTS} are allowed"
    if _is_place(segments[0]):
        return "a path starts with a name, such as 'data'"
    return None
