"""`db_read` and `db_write`: SQL on PostgreSQL, MySQL and SQLite, in one transaction each."""

from typing import Annotated, Any

import cython
import msgspec
from msgspec import Meta
from msgspec.structs import replace

from orion_core.calls import SqlCall, SqlResult, Statement
from orion_core.connector import SQL, Connector
from orion_core.connector_definitions import dialect_of
from orion_core.failures import CONNECTOR_REFUSED, INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import ConnectorFunction, ConnectorInput, Output, keep
from orion_core.logic.node import Evaluation
from orion_core.message import Message
from orion_core.problems import at
from orion_core.sql import SqlProblem, ValueProblem, bind, check_stays, read_query

Sql = Annotated[str, Meta(min_length=1, max_length=100_000, description="SQL with the database's own placeholders.")]
Params = Annotated[
    list[Any] | dict[str, Any], Meta(description="JSONLogic for each parameter; an object for named ones.")
]

MaxRows = Annotated[int, Meta(ge=1, le=1_000_000)]
MOST = 100  # statements of a task


class StatementInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several statements."""

    query: Sql
    params: Params = msgspec.field(default_factory=list)


class SqlInput(ConnectorInput, frozen=True, kw_only=True):
    """Input of `db_read` and `db_write`."""

    query: Sql | None = None
    params: Params = msgspec.field(default_factory=list)
    statements: Annotated[
        list[StatementInput] | None, Meta(description="Instead of `query`: in one transaction, in order.")
    ] = None
    max_rows: Annotated[MaxRows | None, Meta(description="More rows of one statement are a failure.")] = None
    output: Output = "data"


class DbWriteInput(SqlInput, frozen=True, kw_only=True):
    """Input of `db_write`."""

    once: Annotated[
        bool,
        Meta(
            description="Whether a job that is worked on again, or an attempt after a lost one, changes nothing more: "
            "the transaction keeps its key and results in the table `orion_inbox` of its database."
        ),
    ] = False


@cython.final
@cython.cclass
class SqlStatement:
    """A statement of a task, in each database's spelling once it was asked for."""

    def __init__(self, given: Any, once: cython.bint, building: Building, *segments: str | int) -> None:
        self.query = given.query or ""
        self.once = once
        params = given.params
        if isinstance(params, dict):
            pairs = [(name, building.rule(logic, *segments, "params", name)) for name, logic in params.items()]
            self.parameters: Any = list(params)
        else:
            pairs = [(place, building.rule(logic, *segments, "params", place)) for place, logic in enumerate(params)]
            self.parameters = len(params)
        self.rules = dict(pairs)
        self.queries: dict[str, Any] = {}

    @cython.ccall
    def in_dialect(self, dialect: str) -> object:
        """The statement for one kind of database.

        Raises:
            SqlProblem: It cannot be read as such.
        """
        query = self.queries.get(dialect)
        if query is None:
            if self.once:
                check_stays(self.query, dialect)
            query = self.queries[dialect] = read_query(self.query, dialect, self.parameters)
        return query

    @cython.ccall
    def evaluate(self, dialect: str, message: Message, evaluation: Evaluation) -> object:
        """The statement with its values.

        Raises:
            SqlProblem: The database cannot take one of them.
        """
        query: Any = self.in_dialect(dialect)
        values = {name: rule.evaluate(message.context, evaluation) for name, rule in self.rules.items()}
        places = zip(query.picks, query.arrays, strict=True)
        return Statement(query.text, tuple([bind(values[pick], dialect, array=array) for pick, array in places]))


@cython.cclass
class SqlFunction(ConnectorFunction):
    """What the two have in common: statements."""

    def __init__(self, given: SqlInput, building: Building, name: str, once: bool = False) -> None:
        ConnectorFunction.__init__(self, given, building, SQL, self.fits)
        self.pointer = building.pointer
        self.name = name
        self.several = given.statements is not None
        if (given.query is None) == (given.statements is None):
            building.problems.error(building.pointer, f"{name} requires 'query', or 'statements'")
        if given.statements is not None:
            if given.params:
                building.problems.error(at(building.pointer, "params"), "each of 'statements' has params of its own")
            if not 1 <= len(given.statements) <= MOST:
                building.problems.error(at(building.pointer, "statements"), f"from 1 to {MOST} statements are allowed")
            self.statements = [
                SqlStatement(each, once, building, "statements", place) for place, each in enumerate(given.statements)
            ]
        else:
            self.statements = [SqlStatement(given, once, building)]
        self.max_rows = given.max_rows or 0
        self.output = building.path(given.output, "output")

    def fits(self, connector: Connector) -> tuple[str, str] | None:
        """What is wrong with the statements on the connector's kind of database: where, and what."""
        for place, statement in enumerate(self.statements):
            try:
                statement.in_dialect(dialect_of(connector.config))
            except SqlProblem as wrong:
                where = at(self.pointer, "statements", place) if self.several else self.pointer
                return at(where, wrong.member), wrong.message
        return None

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Run the statements."""
        config: Any = connector.config
        dialect: str = dialect_of(config)
        try:
            statements: list[Any] = [each.evaluate(dialect, message, evaluation) for each in self.statements]
        except SqlProblem as wrong:
            kind = INVALID_DATA if isinstance(wrong, ValueProblem) else CONNECTOR_REFUSED
            return Failure(kind, f"{self.name}: {wrong.message}")
        most: int = self.max_rows or config.max_rows
        return SqlCall(connector, deadline, tuple(statements), self.read_only(), most, config.max_result_bytes)

    @cython.ccall
    def read_only(self) -> cython.bint:
        """Whether the transaction may change nothing."""
        return False

    @cython.ccall
    def patience(self, connector: Connector) -> cython.double:
        """The task's time limit, else the connector's."""
        given: object = connector.config.query_timeout_ms
        if self.timeout == 0.0 and given is not None:
            return connector.config.query_timeout_ms / 1000  # type: ignore[no-any-return] # checked: a whole number
        return ConnectorFunction.patience(self, connector)

    @cython.ccall
    def present(self, result: object) -> object:
        """One statement's result as the workflow sees it."""
        raise NotImplementedError

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep the result, or an array of them."""
        results = [self.present(each) for each in value]
        keep(message, self.output, results if self.several else results[0])
        return None

    def outline(self, action: Any) -> dict[str, object]:
        """The statements and their parameters."""
        sent = [{"query": each.text, "params": list(each.values)} for each in action.statements]
        return {"statements": sent, "read_only": action.read_only}

    def scripted(self, value: Any) -> object:
        """What the task would keep."""
        given = value if self.several and isinstance(value, list) else [value] * len(self.statements)
        return tuple(read_result(each) for each in given)


def read_result(value: Any) -> SqlResult:
    """A result as a dry run's script writes it: rows, `{"rows_affected", "last_insert_id", "rows"}`, or a number."""
    if isinstance(value, dict) and "rows_affected" in value:
        return SqlResult(value.get("rows"), int(value["rows_affected"]), value.get("last_insert_id"))
    if isinstance(value, list):
        return SqlResult(value, len(value))
    return SqlResult(None, value if isinstance(value, int) else 0)


@cython.final
@cython.cclass
class DbReadFunction(SqlFunction):
    """A compiled `db_read`."""

    def __init__(self, given: SqlInput, building: Building) -> None:
        SqlFunction.__init__(self, given, building, "db_read")

    @cython.ccall
    def read_only(self) -> cython.bint:
        """It may not."""
        return True

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """The database sees to it."""
        return True

    @cython.ccall
    def present(self, result: Any) -> object:
        """The rows."""
        return result.rows or []


@cython.final
@cython.cclass
class DbWriteFunction(SqlFunction):
    """A compiled `db_write`."""

    def __init__(self, given: DbWriteInput, building: Building) -> None:
        SqlFunction.__init__(self, given, building, "db_write", given.once)
        self.keyed = given.once

    @cython.ccall
    def under_key(self, action: Any, key: str) -> object:
        """The transaction with that key in it, where the task wants to happen once."""
        return replace(action, once=key) if self.keyed else action

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """A second one finds its key there."""
        return self.keyed

    @cython.ccall
    def present(self, result: Any) -> object:
        """How many rows were changed, and what the database gave back."""
        found: dict[str, object] = {"rows_affected": result.affected}
        if result.last_id is not None:
            found["last_insert_id"] = result.last_id
        if result.rows is not None:
            found["rows"] = result.rows
        return found

    def outline(self, action: Any) -> dict[str, object]:
        """The statements, and whether they happen once."""
        sent = SqlFunction.outline(self, action)
        return {**sent, "once": True} if self.keyed else sent


DB_READ = Function("db_read", "Runs a SQL query and keeps its rows.", SqlInput, DbReadFunction, connector=True)
DB_WRITE = Function(
    "db_write",
    "Runs SQL statements that change rows, in one transaction.",
    DbWriteInput,
    DbWriteFunction,
    connector=True,
)
