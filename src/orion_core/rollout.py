"""Which version of a workflow a request meets. Knows no lifecycle: shares of a hundred come in, a bucket goes out."""

from collections.abc import Sequence
from hashlib import blake2b

from orion_core.documents import encode

BUCKETS = 100


def chance_bucket(entropy: int) -> int:
    """The bucket of a request that has no key: any of the hundred, equally."""
    return entropy % BUCKETS


def key_bucket(workflow_id: str, key: object) -> int:
    """The bucket of a key: the same for equal keys, independent between workflows."""
    digest = blake2b(encode(key), digest_size=8, key=workflow_id.encode()[:64]).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def stack_shares(percentages: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of buckets for the versions of one workflow, newest first.

    The newest version has the first buckets. What percentages leave over belongs to nobody; what they exceed a
    hundred by is cut from the oldest.
    """
    ranges: list[tuple[int, int]] = []
    first = 0
    for percentage in percentages:
        end = min(BUCKETS, first + percentage)
        ranges.append((first, end))
        first = end
    return ranges
