"""What a restore would change of one kind of definition. Knows no store and no kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)


@dataclass(frozen=True)
class Plan(Generic[R]):
    """Ids in order, by what becomes of them.

    Args:
        created: Were not stored.
        replaced: Are stored otherwise, in whatever version.
        unchanged: Are stored just so.
        removed: Are stored and not wanted.
        kept: What is to be written: every version of what is created or replaced.
        final: What is stored afterwards, every version; what is wanted last, and in its order.
    """

    created: Sequence[str]
    replaced: Sequence[str]
    unchanged: Sequence[str]
    removed: Sequence[str]
    kept: Sequence[R]
    final: Sequence[R]

    @property
    def gone(self) -> list[str]:
        """The ids whose stored versions go."""
        return [*self.replaced, *self.removed]


def plan(stored: Iterable[R], wanted: Iterable[R], id_of: Callable[[R], str], *, merge: bool) -> Plan[R]:
    """Compare what is stored with what is wanted.

    Args:
        stored: Every version.
        wanted: Every version, those of an id in the order of their numbers.
        id_of: The id of one.
        merge: Whether what is stored and not wanted stays.
    """
    before, after = _families(stored, id_of), _families(wanted, id_of)
    same = {each for each in after if each in before and _same(before[each], after[each])}
    removed = [] if merge else sorted(before.keys() - after.keys())
    stays = [family for each, family in before.items() if merge and each not in after]
    return Plan(
        created=sorted(after.keys() - before.keys()),
        replaced=sorted((after.keys() & before.keys()) - same),
        unchanged=sorted(same),
        removed=removed,
        kept=[record for each in after if each not in same for record in after[each]],
        final=[record for family in (*stays, *after.values()) for record in family],
    )


def _families(records: Iterable[R], id_of: Callable[[R], str]) -> dict[str, list[R]]:
    families: dict[str, list[R]] = {}
    for record in records:
        families.setdefault(id_of(record), []).append(record)
    return families


def _same(before: Sequence[R], after: Sequence[R]) -> bool:
    """Whether two families are stored alike; as JSON, for which true is not 1."""
    return sorted(map(msgspec.json.encode, before)) == sorted(map(msgspec.json.encode, after))
