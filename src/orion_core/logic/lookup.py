"""Following paths through objects and arrays (spec sections 6 and 7). Knows no node and no scope.

A path known when a rule is compiled is followed by its keys and places; a computed one is split as it is followed.
"""

import cython

from orion_core.logic.node import Evaluation
from orion_core.logic.numbers import whole_of

MISSING = object()  # what a lookup gives where there is nothing; null is something
_MISSING = cython.declare(object, MISSING)
_NO_PLACE = -1
_PLACE_DIGITS = 18  # a longer number is no place in any array


@cython.ccall
def place_of(segment: str) -> cython.Py_ssize_t:
    """The array position a path segment names, or -1; a leading `+` and zeros are allowed."""
    digits: str = segment[1:] if segment.startswith("+") else segment
    if not digits.isascii() or not digits.isdecimal():
        return _NO_PLACE
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _PLACE_DIGITS else _NO_PLACE


def places_of(keys: tuple[str, ...]) -> tuple[int, ...]:
    """The array position that each key of a path names."""
    return tuple(place_of(key) for key in keys)


@cython.ccall
def find(data: object, keys: tuple, places: tuple) -> object:  # type: ignore[type-arg]
    """Follow a path; MISSING where it leads nowhere."""
    place: cython.Py_ssize_t
    at: cython.Py_ssize_t
    for at in range(len(keys)):
        if type(data) is dict:
            data = cython.cast(dict, data).get(keys[at], _MISSING)
            if data is _MISSING:
                return _MISSING
        elif type(data) is list:
            place = places[at]
            if place < 0 or place >= len(cython.cast(list, data)):
                return _MISSING
            data = cython.cast(list, data)[place]
        else:
            return _MISSING
    return data


@cython.ccall
def read(data: object, keys: tuple, places: tuple) -> object:  # type: ignore[type-arg]
    """Follow a path; null where it leads nowhere."""
    value = find(data, keys, places)
    return None if value is _MISSING else value


@cython.ccall
def find_dotted(data: object, path: str, evaluation: Evaluation) -> object:
    """Follow a path that was computed: the whole text as one key, else its dotted segments."""
    evaluation.work(len(path) >> 4)
    if type(data) is dict:
        whole = cython.cast(dict, data).get(path, _MISSING)
        if whole is not _MISSING:
            return whole
    if len(path) == 0:
        return data
    for key in path.split("."):
        data = step(data, key)
        if data is _MISSING:
            return _MISSING
    return data


@cython.ccall
def step(data: object, segment: object) -> object:
    """One step of a path whose segment is a text or a number; MISSING where there is nothing."""
    if type(data) is dict:
        if type(segment) is str:
            return cython.cast(dict, data).get(segment, _MISSING)
        whole = whole_of(segment)
        return _MISSING if whole is None else cython.cast(dict, data).get(str(whole), _MISSING)
    if type(data) is not list:
        return _MISSING
    if type(segment) is str:
        place = place_of(segment)
    else:
        whole = whole_of(segment)
        place = -1 if whole is None else whole  # type: ignore[assignment]
    if 0 <= place < len(cython.cast(list, data)):
        return cython.cast(list, data)[place]
    return _MISSING


@cython.ccall
def find_listed(data: object, path: list, evaluation: Evaluation) -> object:  # type: ignore[type-arg]
    """Follow a path given as a list; the dots of its texts separate segments, too."""
    for segment in path:
        if segment == "":
            continue
        evaluation.work(1 + (len(segment) >> 4) if type(segment) is str else 1)
        for part in segment.split(".") if type(segment) is str else (segment,):
            data = step(data, part)
            if data is _MISSING:
                return _MISSING
    return data
