"""Which names are meant by globs: `*` is any run of characters, all else itself. Knows not what is named."""

from collections.abc import Sequence


class Selection:
    """Names by what they match.

    Args:
        include: Globs of names that are meant; empty means all.
        exclude: Globs of names that are not; they win.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self.include = tuple(include)
        self.exclude = tuple(exclude)

    def takes(self, name: str) -> bool:
        """Whether a name is meant."""
        if any(matches(glob, name) for glob in self.exclude):
            return False
        return not self.include or any(matches(glob, name) for glob in self.include)


EVERYTHING = Selection()


def matches(glob: str, name: str) -> bool:
    """Whether a glob stands for a whole name.

    The parts between stars are looked for from the left, each as early as it is found: if the name can be matched at
    all, it is so too. That takes time in proportion to the name, whatever the glob; a regular expression would not.
    """
    first, *middle = glob.split("*")
    if not middle:
        return name == glob
    last = middle.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
