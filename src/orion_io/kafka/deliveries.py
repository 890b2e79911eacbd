"""A record as it came from a topic: who it is, what is known of it, and whether it can be worked on at all.

Its identity is made of where it lies, so that a record that is delivered again is known again; the time it was written
is part of it, so that a topic that was deleted and made anew is not taken for the old one (docs/decisions/0026).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from orion_core import DocumentError, decode
from orion_io.kafka.terms import Headers

VERSION, VARIANT = "8", 0x8  # of identities: RFC 9562 section 5.8
MOST_MILLISECONDS = (1 << 48) - 1
TOMBSTONE = b"null"  # what a null value says: the key is gone


@dataclass(frozen=True)
class Delivery:
    """One record, delivered to one group.

    Args:
        group: The consumer group.
        topic: Where it was read.
        partition: Of the topic.
        offset: In the partition.
        timestamp: When it was written, milliseconds since the epoch; negative when nobody knows.
        key: None when it has none.
        value: None for a tombstone.
        headers: As they came.
    """

    group: str
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @cached_property
    def _digest(self) -> bytes:
        place = f"{self.group}\0{self.topic}\0{self.partition}\0{self.offset}\0{self.timestamp}"
        return sha256(place.encode()).digest()

    @cached_property
    def id(self) -> str:
        """The same UUID whenever and to whomever it is delivered; it begins with the time, as those of requests do."""
        stamp = f"{min(max(self.timestamp, 0), MOST_MILLISECONDS):012x}"
        drawn = self._digest.hex()
        variant = f"{VARIANT | int(drawn[0], 16) & 3:x}"
        return f"{stamp[:8]}-{stamp[8:]}-{VERSION}{drawn[1:4]}-{variant}{drawn[4:7]}-{drawn[7:19]}"

    @property
    def entropy(self) -> int:
        """64 bits, the same at each delivery: a record that comes again meets the same share of a rollout."""
        return int.from_bytes(self._digest[-8:], "big")

    @property
    def payload(self) -> bytes:
        """The value as JSON text."""
        return TOMBSTONE if self.value is None else self.value

    @property
    def place(self) -> dict[str, object]:
        """Where it lies, for logs."""
        return {"group": self.group, "topic": self.topic, "partition": self.partition, "offset": self.offset}

    def metadata(self, stored: Callable[[Headers], Mapping[str, str]]) -> dict[str, Any]:
        """What a workflow may know of it besides its value; a fresh tree each time.

        Args:
            stored: Leaves out the headers that are never kept.
        """
        found: dict[str, Any] = {
            "kafka_topic": self.topic, "kafka_partition": self.partition, "kafka_offset": self.offset,
        }  # fmt: skip
        key = _text(self.key)
        if key is not None:
            found["kafka_key"] = key
        texts = {name.lower(): text for name, value in self.headers if (text := _text(value)) is not None}
        found["headers"] = dict(stored(texts))
        return found

    def unreadable(self, max_bytes: int, max_depth: int) -> tuple[str, str] | None:
        """Why no workflow can read it: a word, and a sentence that tells nothing of its content; None when one can."""
        size = len(self.value or b"")
        if size > max_bytes:
            return "too_large", f"The value has {size} bytes, more than ingest.max_payload_size ({max_bytes})"
        try:
            decode(self.payload, max_depth)
        except DocumentError as error:
            return "invalid_json", f"The value is not acceptable JSON: {error}"
        return None


def _text(value: bytes | None) -> str | None:
    """Bytes as text; None when they are none, or no UTF-8."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
