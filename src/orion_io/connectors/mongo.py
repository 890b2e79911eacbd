"""MongoDB connectors on PyMongo: documents as relaxed MongoDB Extended JSON v2, both ways."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pymongo
from bson import json_util
from bson.errors import BSONError
from bson.json_util import RELAXED_JSON_OPTIONS
from pymongo import AsyncMongoClient
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from orion_core import Connector, decode, encode
from orion_core.calls import MongoChange, MongoFind, Probe
from orion_io.carrier import Carrier
from orion_io.clock import Clock
from orion_io.connectors.carrying import CallFailed, Progress, carrier
from orion_io.connectors.pools import Pools

CONNECT_SECONDS = 10.0
CONNECTIONS = 50
BATCH = 100  # documents read at once
DEPTH = 200  # of a document; BSON allows 100
_DENIED = frozenset({13, 18, 8000})  # Unauthorized, AuthenticationFailed, AtlasError
LONGEST = 1e6  # seconds that count as a limit
LEAST_SECONDS = 0.001
T = TypeVar("T")


class MongoPool:
    """The client of one connector; it connects when it is first used."""

    def __init__(self, connector: Connector) -> None:
        config = connector.config
        auth = config.auth or {}
        login = {name: auth[name] for name in ("username", "password") if auth.get(name)}
        seconds = CONNECT_SECONDS if config.connect_timeout_ms is None else config.connect_timeout_ms / 1000
        try:
            self._client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
                config.connection_string, maxPoolSize=config.max_connections or CONNECTIONS, appname="orion",
                serverSelectionTimeoutMS=int(seconds * 1000), connectTimeoutMS=int(seconds * 1000), tz_aware=True,
                **login,
            )  # fmt: skip
        except (InvalidURI, ConfigurationError, ValueError) as error:
            text = "has an address that MongoDB cannot read"
            detail = type(error).__name__
            raise CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False) from None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def find(self, action: MongoFind) -> list[Any]:
        """Find documents, no more than allowed."""
        collection = self._client[action.database][action.collection]
        found: list[Any] = []
        size = 0
        async with collection.find(
            bson_of(action.filter), action.projection, sort=list(action.sort) or None, skip=action.skip,
            limit=action.limit, batch_size=BATCH,
        ) as cursor:  # fmt: skip
            async for document in cursor:
                text = text_of(document)
                size += len(text)
                if len(found) == action.max_rows:
                    raise too_much(f"{action.max_rows} documents (max_rows)")
                if size > action.max_bytes:
                    raise too_much(f"{action.max_bytes} bytes (max_result_bytes)")
                found.append(decode(text.encode(), DEPTH))
        return found

    async def change(self, action: MongoChange) -> object:
        """Insert, update, replace or delete."""
        collection = self._client[action.database][action.collection]
        if action.operation == "insert":
            inserted = await collection.insert_many(bson_of(action.documents))
            return {"inserted": len(inserted.inserted_ids), "inserted_ids": json_of(inserted.inserted_ids)}
        wanted = bson_of(action.filter)
        if action.operation == "delete":
            removed = await (collection.delete_many(wanted) if action.many else collection.delete_one(wanted))
            return {"deleted": removed.deleted_count}
        if action.operation == "replace":
            result = await collection.replace_one(wanted, bson_of(action.documents[0]), upsert=action.upsert)
        else:
            update = collection.update_many if action.many else collection.update_one
            result = await update(wanted, bson_of(action.change), upsert=action.upsert)
        return {
            "matched": result.matched_count,
            "modified": result.modified_count,
            "upserted_id": json_of(result.upserted_id),
        }

    async def version(self) -> dict[str, object]:
        """Who is there."""
        await self._client.admin.command("ping")
        facts = await self._client.admin.command("buildInfo")
        return {"server": "mongodb", "version": str(facts.get("version", ""))}


async def to_its_end(work: Coroutine[Any, Any, T], deadline: float) -> T:
    """Await work that ends by itself, the server's part included, when its time is over.

    It is not cancelled: a task of this driver that is cancelled in the middle leaves its client unusable.
    """
    left = max(LEAST_SECONDS, deadline - Clock().monotonic())

    async def timed() -> T:
        with pymongo.timeout(left if left < LONGEST else None):
            return await work

    task = asyncio.get_running_loop().create_task(timed())
    task.add_done_callback(heard)
    return await asyncio.shield(task)


def heard(task: "asyncio.Task[Any]") -> None:
    """Take note of how a task ended for whom nobody waits any more."""
    if not task.cancelled():
        task.exception()


def bson_of(value: object) -> Any:
    """A JSON value with Extended JSON's spellings as what they stand for.

    Raises:
        CallFailed: One of them spells nothing.
    """
    try:
        return json_util.loads(encode(value).decode(), json_options=RELAXED_JSON_OPTIONS)
    except (ValueError, TypeError, BSONError) as error:
        text = "cannot take a value: it is no Extended JSON"
        raise CallFailed("invalid_data", text, retryable=False, detail=repr(error), happened=False) from None


def json_of(value: object) -> object:
    """A BSON value as relaxed Extended JSON."""
    return decode(text_of(value).encode(), DEPTH)


def text_of(value: object) -> str:
    return json_util.dumps(value, json_options=RELAXED_JSON_OPTIONS)


def too_much(what: str) -> CallFailed:
    """More than allowed."""
    return CallFailed("connector_refused", f"gave more than {what}", retryable=False, happened=False)


async def _find(pool: MongoPool, action: MongoFind, progress: Progress) -> object:
    return await to_its_end(pool.find(action), action.deadline)


async def _change(pool: MongoPool, action: MongoChange, progress: Progress) -> object:
    progress.sent = True
    return await to_its_end(pool.change(action), action.deadline)


async def _probe(pool: MongoPool, action: Probe, progress: Progress) -> object:
    return await to_its_end(pool.version(), action.deadline)


def explain(error: Exception) -> CallFailed | None:
    """What the driver's exceptions mean."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, PyMongoError) and error.timeout and not isinstance(error, ServerSelectionTimeoutError):
        return CallFailed("timeout", "took too long", retryable=True, detail=detail)
    if isinstance(error, OperationFailure) and error.code in _DENIED:
        return CallFailed("connector_refused", "refused the connector", retryable=False, detail=detail, happened=False)
    if isinstance(error, ServerSelectionTimeoutError):
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail, happened=False)
    if isinstance(error, AutoReconnect | ConnectionFailure | InvalidOperation):
        return CallFailed("connector_failed", "broke the connection off", retryable=True, detail=detail)
    if isinstance(error, OperationFailure):
        text = f"refused the command (code {error.code})"
        return CallFailed("connector_refused", text, retryable=False, detail=detail)
    if isinstance(error, PyMongoError | BSONError | OverflowError):
        return CallFailed("connector_refused", "could not take the command", retryable=False, detail=detail)
    return None


def carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out which action on MongoDB."""
    return {MongoFind: carrier(pools, _find, explain), MongoChange: carrier(pools, _change, explain)}


PROBE = (_probe, explain)
