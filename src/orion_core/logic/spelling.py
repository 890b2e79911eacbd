"""Whether a name is probably a misspelt operator. Knows no operator itself."""

from collections.abc import Iterable

_SHORTEST_WORD = 3  # one edit changes too much of a shorter one to mean anything


def probably_meant(name: str, known: Iterable[str]) -> str | None:
    """The known name one edit away from `name`, or None.

    An edit is a character added, left out, changed, or exchanged with its neighbour (Damerau-Levenshtein distance 1).
    Words of one or two letters are data (`id`, `to`); signs such as `=>` are not, whatever their length.
    """
    is_word = any(character.isalnum() for character in name)
    if is_word and len(name) < _SHORTEST_WORD:
        return None
    for candidate in known:
        # A lone sign such as `_` or `$` is changed into any other by one edit, so it has to be part of what was meant.
        if len(name) == 1 and len(candidate) == 1:
            continue
        if candidate[:1].isalnum() == is_word and one_edit_apart(name, candidate):
            return candidate
    return None


def one_edit_apart(left: str, right: str) -> bool:
    """Whether one edit turns `left` into `right`."""
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1 or left == right:
        return False
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    if len(left) < len(right):
        return left[start:] == right[start + 1 :]
    if left[start + 1 :] == right[start + 1 :]:
        return True
    return left[start : start + 2] == right[start : start + 2][::-1] and left[start + 2 :] == right[start + 2 :]
