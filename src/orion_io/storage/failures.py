"""What the drivers' errors mean, by the codes of their databases. Knows no statement; imports no driver.

`detail` is what the driver said where that can hold no value of a statement, and the code alone elsewhere.
"""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["conflict", "unstorable", "refused", "busy", "not_ready", "full", "read_only", "unavailable"]

UNSTORABLE = (OverflowError, UnicodeError, TypeError, ValueError)  # what comes of a value that does not fit

SQLITE: tuple[tuple[str, Kind], ...] = (  # words of its messages
    ("locked", "busy"), ("no such table", "not_ready"), ("no such column", "not_ready"), ("full", "full"),
    ("readonly", "read_only"),
)  # fmt: skip
POSTGRES: tuple[tuple[tuple[str, ...], Kind], ...] = (  # beginnings of SQLSTATEs (PostgreSQL manual, appendix A)
    (("23",), "conflict"), (("22", "54"), "unstorable"), (("42P01", "42703", "3F000"), "not_ready"),
    (("25006", "42501"), "read_only"), (("53100",), "full"), (("40", "53300", "55P03", "57014"), "busy"),
    (("42",), "refused"),
)  # fmt: skip
POSTGRES_SYNTAX = "42601"  # whose message quotes the statement
CLIENT: dict[str, Kind] = {"DataError": "unstorable", "ProgrammingError": "refused"}  # psycopg's own, of values
MYSQL: dict[int, Kind] = {  # numbers of the server's errors (MySQL server error reference)
    **dict.fromkeys((1048, 1062, 1451, 1452), "conflict"),
    **dict.fromkeys((1153, 1264, 1265, 1292, 1300, 1366, 1367, 1406, 3988), "unstorable"),
    **dict.fromkeys((1054, 1146), "not_ready"),
    **dict.fromkeys((1142, 1143, 1290, 1792, 1836), "read_only"),
    **dict.fromkeys((1021, 1114), "full"),
    **dict.fromkeys((1020, 1040, 1203, 1205, 1213, 1226, 1969, 3024, 3572), "busy"),
    **dict.fromkeys((1064, 1149, 1210), "refused"),
}  # fmt: skip
MYSQL_SPEAKS = frozenset((1040, 1044, 1045, 1049, 1129, 1130, 1146, 1205, 1213, 1251, 1698))  # of no values
MYSQL_CLIENT = range(2000, 3000)  # numbers of the client's own


@dataclass(frozen=True)
class Failure:
    """What went wrong with a statement or a connection."""

    kind: Kind
    detail: str


def failure_of(error: BaseException) -> Failure:
    """What an error of a driver means, or one of Python that came of a value."""
    module = type(error).__module__
    if module.startswith("psycopg"):
        return _postgres(error)
    if module.startswith("pymysql"):
        return _mysql(error)
    name = type(error).__name__
    if module == "sqlite3":
        return _sqlite(error, name)
    if isinstance(error, UNSTORABLE):
        return Failure("unstorable", name)
    return Failure("unavailable", f"{name}: {error}" if isinstance(error, OSError) else name)


def _sqlite(error: BaseException, name: str) -> Failure:
    said = str(error)
    if name == "IntegrityError":
        return Failure("conflict", said)
    if name in ("DataError", "InterfaceError", "ProgrammingError"):  # what it cannot bind
        return Failure("unstorable", said)
    return Failure(next((kind for word, kind in SQLITE if word in said), "unavailable"), said)


def _postgres(error: Any) -> Failure:  # any of psycopg's, which is not imported here
    name, state = type(error).__name__, error.sqlstate
    if state is None:  # the client's own, about a value or about a connection
        kind: Kind = CLIENT.get(name, "unavailable")
        return Failure(kind, str(error).strip() if kind == "unavailable" else name)
    kind = next((kind for beginnings, kind in POSTGRES if state.startswith(beginnings)), "unavailable")
    silent = kind == "unstorable" or state == POSTGRES_SYNTAX
    return Failure(kind, f"{name} ({state})" if silent else f"{name} ({state}): {error.diag.message_primary}")


def _mysql(error: BaseException) -> Failure:
    name = type(error).__name__
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    speaks = number in MYSQL_SPEAKS or number in MYSQL_CLIENT or number == 0
    detail = f"{name}: {error}" if speaks else f"{name} ({number})"
    by_class: dict[str, Kind] = {"IntegrityError": "conflict", "DataError": "unstorable", "ProgrammingError": "refused"}
    return Failure(MYSQL.get(number) or by_class.get(name, "unavailable"), detail)
