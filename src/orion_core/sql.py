"""SQL as admins write it: finds the places of parameters, and nothing else of the language. Runs no statement.

Each database has its own spelling: `$1` (PostgreSQL), `?` and `?1` (SQLite, MySQL), and names (`:name`, with SQLite
also `@name` and `$name`) where the parameters are an object. `$1` is understood for all of them. What stands in
quotes, comments and identifiers is none of these. Values always travel beside the statement.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orion_core.documents import encode

POSTGRES, MYSQL, SQLITE = "postgres", "mysql", "sqlite"
DATABASES: Mapping[str, str] = {POSTGRES: "PostgreSQL", MYSQL: "MySQL", SQLITE: "SQLite"}
SPELLINGS: Mapping[str, str] = {POSTGRES: "$1, $2", MYSQL: "?", SQLITE: "?"}
SMALLEST, LARGEST = -(2**63), 2**63 - 1  # of what a database takes for an integer

_QUOTED = {
    POSTGRES: r"""[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*\""""
    r"""|\$(?P<tag>[^\W\d]\w*)?\$.*?\$(?(tag)(?P=tag))\$""",
    MYSQL: r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|\#[^\n]*""",
    SQLITE: r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]""",
}
_NAMED = {POSTGRES: ":", MYSQL: ":", SQLITE: "[:@$]"}
_TOKENS = {
    dialect: re.compile(
        rf"""(?P<skipped>{quoted}|--[^\n]*|/\*.*?\*/|::|[^\W\d][\w$]*|\d[\w.]*)
        |\$(?P<dollar>\d+)|\?(?P<mark>\d*)|{_NAMED[dialect]}(?P<name>[^\W\d]\w*)|(?P<open>'|"|`|/\*)|(?P<end>;)""",
        re.DOTALL | re.VERBOSE,
    )
    for dialect, quoted in _QUOTED.items()
}
# Where PostgreSQL wants an array: in `= ANY($1)`, `$1::text[]` and `CAST($1 AS text[])`.
_BEFORE_ARRAY = re.compile(r"\b(?:ANY|ALL|SOME)\s*\(\s*$", re.IGNORECASE)
_TYPE = r"[\w.\"]+(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))?(?:\s*\([\d,\s]*\))?\s*\["
_CAST_TO_ARRAY = re.compile(rf"\s*::\s*{_TYPE}", re.IGNORECASE)
_BEFORE_CAST = re.compile(r"\bCAST\s*\(\s*$", re.IGNORECASE)
_AS_ARRAY = re.compile(rf"\s+AS\s+{_TYPE}", re.IGNORECASE)
_REST = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|;)*", re.DOTALL)
# What ends the transaction it runs in, or tries to: on MySQL everything may that does not read or change rows.
_LEAD = r"(?:\s|\(|(?:--|\#)[^\n]*(?:\n|$)|/\*(?!!).*?\*/)*+"
_ENDS = {
    POSTGRES: re.compile(
        _LEAD + r"(?:ABORT|BEGIN|COMMIT|END|PREPARE\s+TRANSACTION|ROLLBACK|START)\b", re.IGNORECASE | re.DOTALL
    ),
    MYSQL: re.compile(_LEAD + r"(?!SELECT\b|INSERT\b|UPDATE\b|DELETE\b|REPLACE\b|WITH\b)", re.IGNORECASE | re.DOTALL),
    SQLITE: re.compile(_LEAD + r"(?:BEGIN|COMMIT|END|ROLLBACK)\b", re.IGNORECASE | re.DOTALL),
}
_BODIES = re.compile(r"\s*(?:CREATE|DO)\b", re.IGNORECASE)  # their own statements end in semicolons


class SqlProblem(Exception):
    """A statement and its parameters do not fit.

    Args:
        member: "query" or "params".
        message: What is wrong.
    """

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member
        self.message = message


class ValueProblem(SqlProblem):
    """A database cannot take a value."""


@dataclass(frozen=True)
class Query:
    """A statement in the spelling of a database's driver.

    Args:
        text: As the driver takes it.
        picks: Which parameter goes to which of its places, in order.
        arrays: Whether that place wants an array.
    """

    text: str
    picks: tuple[int | str, ...]
    arrays: tuple[bool, ...]


def read_query(text: str, dialect: str, parameters: Sequence[str] | int) -> Query:
    """Find the places of a statement's parameters.

    Args:
        text: As the admin wrote it.
        dialect: "postgres", "mysql" or "sqlite".
        parameters: The names there are, or how many without names.

    Raises:
        SqlProblem: Places and parameters do not fit, or it is not one statement.
    """
    pieces: list[str] = []
    places: list[int | str] = []
    arrays: list[bool] = []
    end = 0
    marks: set[str] = set()
    for token in _places(text, dialect, named=not isinstance(parameters, int)):
        pick, mark = _pick(token, len(places))
        marks.add(mark)
        pieces.append(_literal(text[end : token.start()], dialect, quoted=bool(parameters)))
        places.append(pick)
        arrays.append(_wants_array(text, token))
        end = token.end()
    if len(marks) > 1:
        raise SqlProblem("query", f"both {' and '.join(sorted(marks))} stand for parameters")
    _check(places, parameters, dialect)
    pieces.append(_literal(text[end:], dialect, quoted=bool(parameters)))
    if dialect == POSTGRES:
        return _numbered(pieces, places, arrays)
    return Query(("%s" if dialect == MYSQL else "?").join(pieces), tuple(places), tuple(arrays))


def check_stays(text: str, dialect: str) -> None:
    """See to it that a statement leaves the end of its transaction to us.

    Raises:
        SqlProblem: It would end it, or may.
    """
    if _ENDS[dialect].match(text) is None:
        return
    allowed = ": SELECT, INSERT, UPDATE, DELETE, REPLACE and WITH do not" if dialect == MYSQL else ""
    raise SqlProblem("query", f"with 'once' no statement may end the transaction{allowed}")


def _places(text: str, dialect: str, *, named: bool) -> Iterator["re.Match[str]"]:
    """The tokens that stand for parameters."""
    for token in _TOKENS[dialect].finditer(text):
        if token["open"]:
            line = text.count("\n", 0, token.start()) + 1
            raise SqlProblem("query", f"line {line}: what begins with {token['open']} does not end")
        if token["end"] and _REST.fullmatch(text, token.end()) is None and not _BODIES.match(text):
            raise SqlProblem("query", "more than one statement; `statements` takes several")
        is_mark = token["mark"] is not None and dialect != POSTGRES  # there it is an operator of jsonb
        if (token["name"] is not None) if named else (token["dollar"] is not None or is_mark):
            yield token


def _pick(token: "re.Match[str]", place: int) -> tuple[int | str, str]:
    """Which parameter a token stands for, and how it is spelled."""
    if token["name"] is not None:
        return token["name"], "names"
    number = token["dollar"] or token["mark"]
    return (int(number) - 1, "numbers") if number else (place, "question marks")


def _check(places: list[int | str], parameters: Sequence[str] | int, dialect: str) -> None:
    """Every place has a parameter, and every parameter a place."""
    known: list[int | str] = list(range(parameters) if isinstance(parameters, int) else parameters)
    missing = [place for place in places if place not in known]
    unused = [each for each in known if each not in places]
    if not missing and not unused:
        return
    wrong = missing or unused
    words = ", ".join(str(each + 1) if isinstance(each, int) else f"'{each}'" for each in dict.fromkeys(wrong))
    text = f"there is no parameter {words}" if missing else f"the statement has no place for parameter {words}"
    spelling = SPELLINGS[dialect] if isinstance(parameters, int) else ":name"
    raise SqlProblem("params", f"{text} ({DATABASES[dialect]} writes {spelling})")


def _wants_array(text: str, token: "re.Match[str]") -> bool:
    before = text[max(0, token.start() - 40) : token.start()]
    if _BEFORE_ARRAY.search(before) is not None or _CAST_TO_ARRAY.match(text, token.end()) is not None:
        return True
    return _BEFORE_CAST.search(before) is not None and _AS_ARRAY.match(text, token.end()) is not None


def _literal(text: str, dialect: str, *, quoted: bool) -> str:
    """Text between places; MySQL's driver formats with percent signs where there are parameters."""
    return text.replace("%", "%%") if dialect == MYSQL and quoted else text


def _numbered(pieces: list[str], places: list[int | str], arrays: list[bool]) -> Query:
    """PostgreSQL numbers its places: one that is used twice is sent once, unless it is an array here and not there."""
    wanted = list(zip(places, arrays, strict=True))
    picks = list(dict.fromkeys(wanted))
    text = "".join(f"{piece}${picks.index(pick) + 1}" for piece, pick in zip(pieces, wanted, strict=False))
    return Query(text + pieces[-1], tuple(place for place, _ in picks), tuple(array for _, array in picks))


def bind(value: Any, dialect: str, *, array: bool) -> Any:
    """A JSON value as a parameter: what the database has no type for goes as JSON text.

    Raises:
        ValueProblem: This database cannot take it.
    """
    if isinstance(value, list) and array and dialect == POSTGRES:
        return array_text(value)
    if isinstance(value, list | dict):
        return encode(value).decode()
    if isinstance(value, str) and dialect == POSTGRES and "\x00" in value:
        raise ValueProblem("params", "PostgreSQL cannot keep a text with a NUL character")
    if type(value) is int and dialect == SQLITE and not SMALLEST <= value <= LARGEST:
        raise ValueProblem("params", "SQLite cannot keep a whole number of more than 64 bits")
    return value


def array_text(value: list[Any]) -> str:
    """An array in PostgreSQL's own text form, whose type the statement knows (PostgreSQL manual, section 8.15.2)."""
    return f"{{{','.join(map(_element, value))}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return array_text(value)
    text = value if isinstance(value, str) else encode(value).decode()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
