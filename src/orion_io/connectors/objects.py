"""Storage connectors on obstore: S3, GCS and folders by one client. Nothing outside the base path is reached."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import GCSStore, LocalStore, S3Store

from orion_core import Connector, encode
from orion_core.calls import ObjectContent, ObjectDelete, ObjectGet, ObjectList, ObjectPut, ObjectSign, Probe
from orion_io.carrier import Carrier
from orion_io.connectors.carrying import CallFailed, Progress, by, carrier
from orion_io.connectors.pools import Pools

ONCE: Any = {"max_retries": 0}  # retries are the workflow's
CONNECT = "10s"
NO_ACCOUNT = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
PAGE = 500  # objects listed at once
MOST_LISTED = 100_000  # objects of a folder


class ObjectPool:
    """The client of one connector.

    Args:
        own: Files that no connector may open.
        connector: Says which storage.
    """

    def __init__(self, own: frozenset[Path], connector: Connector) -> None:
        self._own = own
        config = connector.config
        self._folder = Path(config.base_path) if config.provider == "local" else None
        try:
            self._store: Any = OPENERS[config.provider](config)
        except (BaseError, ValueError, OSError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise CallFailed("connector_refused", "cannot be opened", retryable=False, detail=detail,
                             happened=False) from None  # fmt: skip

    async def close(self) -> None:
        """The client closes its connections by itself."""

    async def get(self, action: ObjectGet) -> ObjectContent | None:
        """Read an object as long as it is no larger than allowed."""
        self._stay_inside(action.path)
        try:
            found = await obstore.get_async(self._store, action.path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        meta: Any = found.meta
        pieces: list[bytes] = []
        size = 0
        if meta["size"] <= action.max_bytes:
            async for piece in found.stream():
                size += len(piece)
                if size > action.max_bytes:
                    break
                pieces.append(bytes(piece))
            else:
                return ObjectContent(b"".join(pieces), facts_of(meta, found.attributes))
        text = f"holds an object larger than {action.max_bytes} bytes (max_object_bytes)"
        raise CallFailed("connector_refused", text, retryable=False)

    async def put(self, action: ObjectPut) -> dict[str, object]:
        """Write an object; it is seen whole or not at all."""
        self._stay_inside(action.path)
        attributes: Any = None if self._folder is not None else {"Content-Type": action.media_type}
        done: Any = await obstore.put_async(
            self._store, action.path, action.body, attributes=attributes,
            mode="overwrite" if action.overwrite else "create", use_multipart=False,
        )  # fmt: skip
        return {
            "path": action.path,
            "size": len(action.body),
            "etag": done.get("e_tag"),
            "version": done.get("version"),
        }

    async def browse(self, action: ObjectList) -> list[dict[str, object]]:
        """List objects by path, as many as asked for."""
        if self._folder is not None:
            return await self._list_folder(self._folder, action)
        found: list[dict[str, object]] = []
        async for page in obstore.list(self._store, action.prefix or None, chunk_size=PAGE):
            found.extend(facts_of(meta) for meta in page)
            if len(found) >= action.limit:
                break
        return found[: action.limit]

    async def _list_folder(self, folder: Path, action: ObjectList) -> list[dict[str, object]]:
        """A folder comes in no order, so that all of it is read before the first ones are known."""
        found: list[dict[str, object]] = []
        async for page in obstore.list(self._store, action.prefix or None, chunk_size=PAGE):
            found.extend(facts_of(meta) for meta in page if inside(folder, meta["path"]))
            if len(found) > MOST_LISTED:
                text = f"holds more than {MOST_LISTED} objects there"
                raise CallFailed("connector_refused", text, retryable=False)
        return sorted(found, key=lambda each: str(each["path"]))[: action.limit]

    async def delete(self, action: ObjectDelete) -> None:
        """Remove an object."""
        self._stay_inside(action.path)
        try:
            await obstore.delete_async(self._store, action.path)
        except FileNotFoundError:
            return

    async def sign(self, action: ObjectSign) -> str:
        """A link."""
        if self._folder is not None:
            text = "is a folder, and has no links"
            raise CallFailed("connector_refused", text, retryable=False, happened=False)
        method: Any = action.method
        return await obstore.sign_async(self._store, method, action.path, timedelta(seconds=action.seconds))

    async def look(self, provider: str) -> dict[str, object]:
        """Whether objects can be listed."""
        async for _ in obstore.list(self._store, None, chunk_size=1):
            break
        return {"server": provider}

    def _stay_inside(self, path: str) -> None:
        """A link in a folder may lead out of it, and Orion's own database may lie in it."""
        if self._folder is None:
            return
        if not inside(self._folder, path) or (self._folder / path).resolve() in self._own:
            text = "may not reach Orion's own files, nor what lies outside its base path"
            raise CallFailed("connector_refused", text, retryable=False, happened=False)


def inside(folder: Path, path: str) -> bool:
    """Whether a path, links followed, lies in a folder."""
    return (folder / path).resolve().is_relative_to(folder.resolve())


def facts_of(meta: Any, attributes: Any = None) -> dict[str, object]:
    """What is known of an object."""
    facts = {"path": meta["path"], "size": meta["size"], "etag": meta.get("e_tag")}
    facts["last_modified"] = meta["last_modified"].isoformat().replace("+00:00", "Z")
    if attributes:
        facts["content_type"] = attributes.get("Content-Type")
    return facts


def open_s3(config: Any) -> S3Store:
    """S3, or a service that speaks as it does; without keys, those of the machine."""
    auth = config.auth or {}
    settings: dict[str, Any] = {
        "region": config.region, "endpoint": config.endpoint, "access_key_id": auth.get("username"),
        "secret_access_key": auth.get("password"), "session_token": config.session_token,
    }  # fmt: skip
    given = {name: value for name, value in settings.items() if value}
    client: Any = {"connect_timeout": CONNECT, "allow_http": (config.endpoint or "").startswith("http://")}
    return S3Store(config.bucket, prefix=prefix_of(config), config=given, client_options=client, retry_config=ONCE)  # type: ignore[arg-type] # its words


def open_gcs(config: Any) -> GCSStore:
    """Google Cloud Storage; without a key, that of the machine. An endpoint without a key asks for none."""
    key = config.service_account_key
    if config.endpoint and not key:
        key = encode(NO_ACCOUNT | {"gcs_base_url": config.endpoint}).decode()
    given: Any = {"service_account_key": key} if key else {}
    client: Any = {"connect_timeout": CONNECT, "allow_http": (config.endpoint or "").startswith("http://")}
    return GCSStore(config.bucket, prefix=prefix_of(config), config=given, client_options=client, retry_config=ONCE)


def open_local(config: Any) -> LocalStore:
    """A folder, which must be there."""
    return LocalStore(config.base_path)


def prefix_of(config: Any) -> str | None:
    """The base path as a prefix of keys."""
    return (config.base_path or "").strip("/") or None


OPENERS: dict[str, Any] = {"s3": open_s3, "gcs": open_gcs, "local": open_local}


async def _put(pool: ObjectPool, action: ObjectPut, progress: Progress) -> object:
    progress.sent = True
    return await pool.put(action)


async def _delete(pool: ObjectPool, action: ObjectDelete, progress: Progress) -> None:
    await pool.delete(action)


async def _probe(pool: ObjectPool, action: Probe, progress: Progress) -> object:
    return await pool.look(action.connector.config.provider)


def explain(error: Exception) -> CallFailed | None:
    """What the client's exceptions mean."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return CallFailed("connector_refused", "refused the connector", retryable=False, detail=detail, happened=False)
    if isinstance(error, AlreadyExistsError | FileExistsError):
        text = "holds such an object already"
        return CallFailed("connector_refused", text, retryable=False, detail=detail, happened=False)
    if isinstance(error, InvalidPathError | NotSupportedError | FileNotFoundError | IsADirectoryError | ValueError):
        return CallFailed("connector_refused", "cannot do that", retryable=False, detail=detail, happened=False)
    if isinstance(error, GenericError | BaseError | OSError):
        return CallFailed("connector_failed", "could not be reached", retryable=True, detail=detail)
    return None


def carriers(pools: Pools) -> dict[type, Carrier]:
    """Who carries out which action on objects."""
    return {
        ObjectGet: carrier(pools, by("get"), explain),
        ObjectPut: carrier(pools, _put, explain),
        ObjectList: carrier(pools, by("browse"), explain),
        ObjectDelete: carrier(pools, _delete, explain),
        ObjectSign: carrier(pools, by("sign"), explain),
    }


PROBE = (_probe, explain)
