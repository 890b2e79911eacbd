"""What counts as true (spec section 4). Knows only JSON values."""

import cython


@cython.ccall
def truthy(value: object) -> cython.bint:
    """Whether a JSON value is truthy.

    Args:
        value: null, false, zero, and the empty text, array and object are falsy; everything else is truthy.
    """
    if value is True:
        return True
    if value is False or value is None:
        return False
    if type(value) is str:
        return len(cython.cast(str, value)) != 0
    if type(value) is dict:
        return len(cython.cast(dict, value)) != 0
    if type(value) is list:
        return len(cython.cast(list, value)) != 0
    return value != 0
