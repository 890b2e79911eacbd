"""exists, missing and missing_some (spec sections 8 and 9). Knows no other operator."""

import cython

from orion_core.logic.lookup import MISSING, step
from orion_core.logic.node import Evaluation, Node
from orion_core.logic.numbers import is_number


@cython.final
@cython.cclass
class Exists(Node):
    """Whether a path of object keys leads somewhere; arrays are not entered."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        keys: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            key = node.evaluate(data, evaluation)
            if type(key) is list and len(self.arguments) == 1:
                evaluation.work(len(key))
                return len(key) != 0 and has_path(data, key)
            if type(key) is not str:
                return False
            keys.append(key)
        return has_path(data, keys)


def has_path(value: object, keys: list[object]) -> bool:
    """Whether the keys lead from object to object."""
    for key in keys:
        if type(value) is not dict or type(key) is not str or key not in value:
            return False
        value = value[key]
    return True


@cython.final
@cython.cclass
class Missing(Node):
    """The paths among the arguments that lead nowhere."""

    def __init__(self, arguments: tuple[Node, ...]) -> None:
        self.arguments = arguments

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        node: Node
        absent: list = []  # type: ignore[type-arg]
        for node in self.arguments:
            value = node.evaluate(data, evaluation)
            for path in value if type(value) is list else (value,):
                evaluation.work(1)
                if type(path) is str and is_absent(path, data, evaluation):
                    absent.append(path)
        evaluation.produce(len(absent))
        return absent


def is_absent(path: str, data: object, evaluation: Evaluation) -> bool:
    """Whether a dotted path leads nowhere."""
    if path == "":
        return False
    evaluation.work(len(path) >> 4)
    for key in path.split("."):
        data = step(data, key)
        if data is MISSING:
            return True
    return False


@cython.final
@cython.cclass
class MissingSome(Node):
    """The missing paths, unless enough of them are there.

    Args:
        need: Gives how many must be there; anything but a number asks for one.
        paths: Gives the list of paths; None for no list.
    """

    def __init__(self, need: Node, paths: Node | None) -> None:
        self.need = need
        self.paths = paths

    @cython.cfunc
    def evaluate(self, data: object, evaluation: Evaluation) -> object:
        need = self.need.evaluate(data, evaluation)
        wanted = need if is_number(need) else 1
        paths = None if self.paths is None else self.paths.evaluate(data, evaluation)
        present = 0
        absent: list = []  # type: ignore[type-arg]
        for path in paths if type(paths) is list else ():
            evaluation.work(1)
            if present >= wanted:  # type: ignore[operator]
                break
            if type(path) is str:
                if is_absent(path, data, evaluation):
                    absent.append(path)
                else:
                    present += 1
        return [] if present >= wanted else absent  # type: ignore[operator]
