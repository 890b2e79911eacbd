"""Columns of documents and texts, and what becomes of them on their way. Knows no table.

PostgreSQL has no place for a NUL character in a text. What is defined with one is refused there; what is recorded
gets U+FFFD in its place, for a trace is never lost over a NUL.
"""

import msgspec
from sqlalchemy import Dialect, Text, TypeDecorator

NUL, REPLACEMENT = "\0", "\ufffd"


class JsonText(TypeDecorator[object]):
    """A JSON value kept as text. In a column that may be null, None is NULL; elsewhere it is JSON's null.

    Args:
        none_is_null: Whether None is NULL.
    """

    impl = Text
    cache_ok = True

    def __init__(self, none_is_null: bool = False) -> None:
        super().__init__()
        self.none_is_null = none_is_null

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """A value into its column."""
        if value is None and self.none_is_null:
            return None
        return msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """A value out of its column."""
        return None if value is None else msgspec.json.decode(value)


class JsonTags(JsonText):
    """A list of texts in which the database searches, which PostgreSQL cannot do where one holds NUL."""

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """A list into its column."""
        if dialect.name == "postgresql" and isinstance(value, list) and any(NUL in str(tag) for tag in value):
            raise ValueError("a NUL character")
        return super().process_bind_param(value, dialect)


class RawJson(TypeDecorator[bytes]):
    """JSON bytes nobody looks into, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Bytes into their column."""
        return None if value is None else _held(value.decode("utf-8", "replace"), dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Bytes out of their column."""
        return None if value is None else value.encode()


class Recorded(TypeDecorator[str]):
    """A text that tells what happened, as far as the database can hold it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """A text into its column."""
        return None if value is None else _held(value, dialect)


def _held(text: str, dialect: Dialect) -> str:
    return text.replace(NUL, REPLACEMENT) if dialect.name == "postgresql" else text
