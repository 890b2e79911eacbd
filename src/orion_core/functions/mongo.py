"""`mongo_read` and `mongo_write`: documents of MongoDB as relaxed Extended JSON v2.

Operators (`$gt`, `$set`) are the workflow's to write. A value that comes from a request may be anything but an
operator, or `{"$ne": null}` sent as a password would match every user.
"""

from typing import Annotated, Any, Literal

import cython
import msgspec
from msgspec import Meta

from orion_core.calls import MongoChange, MongoFind
from orion_core.connector import MONGO, Connector
from orion_core.failures import INVALID_DATA, Failure
from orion_core.functions.building import Building, Function
from orion_core.functions.connected import ConnectorFunction, ConnectorInput, Output, keep
from orion_core.logic.node import Evaluation
from orion_core.message import Message
from orion_core.problems import at

# Single members by which Extended JSON v2 spells values of BSON types: data may hold these.
VALUES = frozenset({
    "$oid", "$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$binary", "$uuid", "$timestamp",
    "$minKey", "$maxKey",
})  # fmt: skip
LARGEST = 2**31 - 1
Collection = Annotated[str, Meta(min_length=1, max_length=255)]
Filter = Annotated[Any, Meta(description="JSONLogic for the filter; data may not bring operators.")]


class MongoInput(ConnectorInput, frozen=True, kw_only=True):
    """What both say."""

    database: Annotated[str, Meta(min_length=1, max_length=63)]
    collection: Collection
    filter: Filter = msgspec.field(default_factory=dict)
    output: Output = "data"


class MongoReadInput(MongoInput, frozen=True, kw_only=True):
    """Input of `mongo_read`."""

    projection: Annotated[dict[str, Any] | None, Meta(description="Which members are read.")] = None
    sort: Annotated[dict[str, Literal[1, -1]], Meta(description="By which members, the first one first.")] = (
        msgspec.field(default_factory=dict)
    )
    skip: Annotated[Any, Meta(description="JSONLogic for how many are left out.")] = 0
    limit: Annotated[Any, Meta(description="JSONLogic for how many are read; 0 for all.")] = 0


class MongoWriteInput(MongoInput, frozen=True, kw_only=True):
    """Input of `mongo_write`."""

    operation: Literal["insert", "update", "replace", "delete"]
    documents: Annotated[Any, Meta(description="JSONLogic for a document, or an array of them to insert.")] = None
    update: Annotated[Any, Meta(description="JSONLogic for the change, an object of operators.")] = None
    many: Annotated[bool, Meta(description="Whether all that match are changed, or the first.")] = False
    upsert: Annotated[bool, Meta(description="Whether one is inserted when none matches.")] = False


def refuse_operators(template: Any, value: Any) -> str | None:
    """The first operator in a value that its template did not write, or None.

    Args:
        template: The JSONLogic, whose own objects and arrays may hold operators.
        value: What it gave.
    """
    if isinstance(value, dict):
        written = isinstance(template, dict) and template.keys() == value.keys()
        for name, child in value.items():
            if not written and name.startswith("$") and not (name in VALUES and len(value) == 1):
                return str(name)
            found = refuse_operators(template[name] if written else None, child)
            if found is not None:
                return found
    elif isinstance(value, list):
        written = isinstance(template, list) and len(template) == len(value)
        for place, child in enumerate(value):
            found = refuse_operators(template[place] if written else None, child)
            if found is not None:
                return found
    return None


class Unsafe(Exception):
    """A value that may not be sent."""


@cython.cclass
class MongoFunction(ConnectorFunction):
    """What the two have in common: a collection and a filter."""

    def __init__(self, given: Any, building: Building, name: str) -> None:
        ConnectorFunction.__init__(self, given, building, MONGO)
        self.name = name
        self.database = given.database
        self.collection = given.collection
        self.filter = (given.filter, building.rule(given.filter, "filter"))
        self.output = building.path(given.output, "output")

    @cython.ccall
    def evaluated(self, pair: tuple[Any, Any], message: Message, evaluation: Evaluation, what: str) -> object:
        """What a template gives, once it holds no operator but its own.

        Raises:
            Unsafe: It does.
        """
        template, rule = pair
        value: object = rule.evaluate(message.context, evaluation)
        found = refuse_operators(template, value)
        if found is not None:
            raise Unsafe(f"{self.name}: {what} may not take the operator '{found}' from data")
        return value

    @cython.ccall
    def conclude(self, value: Any, message: Message, evaluation: Evaluation) -> object:
        """Keep what was found, or done."""
        keep(message, self.output, value)
        return None

    @cython.ccall
    def filter_of(self, message: Message, evaluation: Evaluation) -> object:
        """The filter.

        Raises:
            Unsafe: It is none, or data put an operator into it.
        """
        found = self.evaluated(self.filter, message, evaluation, "the filter")
        if not isinstance(found, dict):
            raise Unsafe(f"{self.name}: the filter must be an object")
        return found

    @cython.ccall
    def patience(self, connector: Connector) -> cython.double:
        """The task's time limit, else the connector's."""
        given: object = connector.config.query_timeout_ms
        if self.timeout == 0.0 and given is not None:
            return connector.config.query_timeout_ms / 1000  # type: ignore[no-any-return] # checked: a whole number
        return ConnectorFunction.patience(self, connector)


@cython.cfunc
def count_of(value: object, what: str) -> int:
    """A number of documents.

    Raises:
        Unsafe: It is none.
    """
    number: Any = int(value) if isinstance(value, float) and value.is_integer() else value
    if type(number) is not int or not 0 <= number <= LARGEST:
        raise Unsafe(f"mongo_read: '{what}' must be a whole number, not negative")
    return int(number)


@cython.cfunc
def change_of(value: object) -> object:
    """A change.

    Raises:
        Unsafe: It would replace the document, or is none.
    """
    if not isinstance(value, dict) or not value:
        raise Unsafe("mongo_write: the update must be an object of operators such as $set")
    for name in value:
        if not name.startswith("$"):
            raise Unsafe(f"mongo_write: '{name}' is no operator, as an update needs")
    return value


@cython.cfunc
def documents_of(value: object, single: cython.bint) -> list[Any]:
    """Documents, or one.

    Raises:
        Unsafe: It is none.
    """
    documents = value if isinstance(value, list) else [value]
    if not documents or (single and len(documents) != 1):
        raise Unsafe("mongo_write: 'documents' must hold one document" if single else "mongo_write: no documents")
    for document in documents:
        if not isinstance(document, dict):
            raise Unsafe("mongo_write: 'documents' must be an object, or an array of objects")
    return documents


@cython.final
@cython.cclass
class MongoReadFunction(MongoFunction):
    """A compiled `mongo_read`."""

    def __init__(self, given: MongoReadInput, building: Building) -> None:
        MongoFunction.__init__(self, given, building, "mongo_read")
        self.projection = given.projection
        self.sort = tuple(given.sort.items())
        self.skip = building.rule(given.skip, "skip")
        self.limit = building.rule(given.limit, "limit")

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Find documents."""
        config: Any = connector.config
        try:
            wanted = self.filter_of(message, evaluation)
            skip = count_of(self.skip.evaluate(message.context, evaluation), "skip")
            limit = count_of(self.limit.evaluate(message.context, evaluation), "limit")
        except Unsafe as refused:
            return Failure(INVALID_DATA, str(refused))
        return MongoFind(
            connector, deadline, self.database, self.collection, wanted, self.projection, self.sort, skip, limit,
            config.max_rows, config.max_result_bytes,
        )  # fmt: skip

    @cython.ccall
    def is_idempotent(self, action: object) -> cython.bint:
        """It changes nothing."""
        return True

    def outline(self, action: Any) -> dict[str, object]:
        """The query."""
        return {
            "database": action.database, "collection": action.collection, "filter": action.filter,
            "projection": action.projection, "sort": dict(action.sort), "skip": action.skip, "limit": action.limit,
        }  # fmt: skip

    def scripted(self, value: object) -> object:
        """The documents."""
        return [] if value is None else value


@cython.final
@cython.cclass
class MongoWriteFunction(MongoFunction):
    """A compiled `mongo_write`."""

    def __init__(self, given: MongoWriteInput, building: Building) -> None:
        MongoFunction.__init__(self, given, building, "mongo_write")
        self.operation = given.operation
        self.documents = (given.documents, building.rule(given.documents, "documents"))
        self.update = (given.update, building.rule(given.update, "update"))
        self.many = given.many
        self.upsert = given.upsert
        needed = {"insert": "documents", "replace": "documents", "update": "update"}.get(given.operation)
        if needed is not None and getattr(given, needed) is None:
            building.problems.error(building.pointer, f"'{given.operation}' requires '{needed}'")
        if given.operation in ("delete", "update", "replace") and given.filter == {} and not given.many:
            building.problems.warn(at(building.pointer, "filter"), "without a filter, any one document is changed")
        if given.operation == "replace" and given.many:
            building.problems.error(at(building.pointer, "many"), "one document is replaced at a time")

    @cython.ccall
    def ask(self, connector: Connector, message: Message, evaluation: Evaluation, deadline: cython.double) -> object:
        """Change documents."""
        wanted: object = None
        documents: Any = None
        change: object = None
        try:
            if self.operation != "insert":
                wanted = self.filter_of(message, evaluation)
            if self.operation == "update":
                change = change_of(self.evaluated(self.update, message, evaluation, "the update"))
            elif self.operation != "delete":
                found = self.evaluated(self.documents, message, evaluation, "a document")
                documents = documents_of(found, self.operation == "replace")
        except Unsafe as refused:
            return Failure(INVALID_DATA, str(refused))
        return MongoChange(
            connector, deadline, self.database, self.collection, self.operation, documents, wanted, change, self.many,
            self.upsert,
        )  # fmt: skip

    @cython.ccall
    def is_idempotent(self, action: Any) -> cython.bint:
        """What replaces or removes does so once, however often."""
        return action.operation in ("replace", "delete") and (action.many or action.operation == "replace")

    def outline(self, action: Any) -> dict[str, object]:
        """The change."""
        return {
            "database": action.database, "collection": action.collection, "operation": action.operation,
            "filter": action.filter, "documents": action.documents, "update": action.change, "many": action.many,
            "upsert": action.upsert,
        }  # fmt: skip

    def scripted(self, value: object) -> object:
        """What was done."""
        return {} if value is None else value


MONGO_READ = Function("mongo_read", "Finds documents in MongoDB.", MongoReadInput, MongoReadFunction, connector=True)
MONGO_WRITE = Function(
    "mongo_write", "Inserts, updates, replaces or deletes documents in MongoDB.", MongoWriteInput, MongoWriteFunction,
    connector=True,
)  # fmt: skip
