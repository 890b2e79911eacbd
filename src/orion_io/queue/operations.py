"""What the ledger may be asked, and in which order one transaction does it. Knows no thread and waits for nobody.

Each operation takes everything of its kind that was asked for at once, and gives an answer for each. Endings come
first, so that a line whose turn it is may be claimed by the same commit; what comes in, before what is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from orion_io.storage.queue_rows import Claim, Ending, Kept, Waiting
from orion_io.storage.queue_table import QueueTable

Operation = Callable[[QueueTable, Sequence[Any], int], Sequence[Any]]


def _withdraw(table: QueueTable, asked: Sequence[Sequence[str]], now: int) -> Sequence[None]:
    table.withdraw(chain.from_iterable(asked))
    return [None] * len(asked)


def _end(table: QueueTable, asked: Sequence[Ending], now: int) -> Sequence[bool]:
    return [table.end(each, now) for each in asked]


def _put_back(table: QueueTable, asked: Sequence[tuple[Claim, float, bool, str | None]], now: int) -> Sequence[bool]:
    return [
        table.put_back(claim, now, seconds, counts=counts, attempts_json=attempts)
        for claim, seconds, counts, attempts in asked
    ]


def _convict(table: QueueTable, asked: Sequence[tuple[str, str]], now: int) -> Sequence[int]:
    return [table.convict(owner, reason, now) for owner, reason in asked]


def _renew(table: QueueTable, asked: Sequence[None], now: int) -> Sequence[frozenset[str]]:
    return [table.renew(now)] * len(asked)


def _keep(table: QueueTable, asked: Sequence[Kept], now: int) -> Sequence[None]:
    table.keep(asked, now)
    return [None] * len(asked)


def _accept(table: QueueTable, asked: Sequence[Waiting], now: int) -> Sequence[None]:
    table.accept(asked, now)
    return [None] * len(asked)


def _claim(table: QueueTable, asked: Sequence[tuple[int, frozenset[str]]], now: int) -> Sequence[list[Claim]]:
    return [table.claim(most, held, now) for most, held in asked]


def _known(table: QueueTable, asked: Sequence[Sequence[str]], now: int) -> Sequence[frozenset[str]]:
    known = table.known(list(chain.from_iterable(asked)))
    return [known.intersection(ids) for ids in asked]


def _suspects(table: QueueTable, asked: Sequence[None], now: int) -> Sequence[bool]:
    return [table.suspects()] * len(asked)


OPERATIONS: Mapping[str, Operation] = {
    "withdraw": _withdraw, "end": _end, "put_back": _put_back, "convict": _convict, "renew": _renew, "keep": _keep,
    "accept": _accept, "claim": _claim, "known": _known, "suspects": _suspects,
}  # fmt: skip
