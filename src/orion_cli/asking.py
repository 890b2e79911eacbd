"""Asking somebody for a secret, unseen. Keeps nothing."""

import sys

from orion_cli.failures import Misused
from orion_cli.output.terminal import is_terminal


def typed_secret(question: str, given: str | None = None) -> str:
    """A secret: as it is given, else from standard input, where somebody types it unseen.

    Args:
        question: What is shown before it.
        given: The secret; "-" and None for standard input.

    Raises:
        Misused: It is empty, or holds what no header and no key may.
    """
    if given is None and is_terminal(sys.stdin):
        import getpass

        given = getpass.getpass(question)
    elif given is None or given == "-":
        given = sys.stdin.readline()
    secret = given.strip()
    if not secret or not secret.isprintable():
        raise Misused("A secret must be printable, and not empty")
    return secret
