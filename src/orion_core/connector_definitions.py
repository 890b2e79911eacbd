"""Connectors as admins write them, declared once: what is read, stored, checked and documented. Connects to nothing."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from orion_core.definitions import (
    Count,
    Document,
    Id,
    Milliseconds,
    Name,
    Seconds,
    check_name,
    config_as_object,
)
from orion_core.masking import is_reference
from orion_core.problems import Problems, at
from orion_core.reading import read


class Retry(Document, frozen=True):
    """How often and how patiently a failed call is tried again; the pause doubles, up to 60 seconds."""

    max_retries: Annotated[int, Meta(ge=0, le=100)] = 3
    retry_delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 1000


class BearerAuth(Document, frozen=True, tag_field="type", tag="bearer"):
    """`Authorization: Bearer …` (RFC 6750)."""

    token: str


class BasicAuth(Document, frozen=True, tag_field="type", tag="basic"):
    """`Authorization: Basic …` (RFC 7617)."""

    username: str
    password: str


class ApiKeyAuth(Document, frozen=True, tag_field="type", tag="apikey"):
    """A key in a header of its own."""

    header: Annotated[str, Meta(min_length=1)]
    key: str


AUTH_TYPES: Mapping[str, type[Document]] = {"bearer": BearerAuth, "basic": BasicAuth, "apikey": ApiKeyAuth}


class HttpConnector(Document, frozen=True):
    """REST APIs and webhooks."""

    url: Annotated[str, Meta(max_length=8192)]
    method: Annotated[str, Meta(description="Of tasks that say none; GET when empty.")] = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    auth: Any = None
    retry: Retry = msgspec.field(default_factory=Retry)
    max_response_size: Annotated[Count, Meta(description="Bytes, decompressed.")] = 10_485_760
    allow_private_urls: Annotated[
        bool, Meta(description="Whether private, loopback and reserved addresses may be called.")
    ] = False
    max_redirects: Annotated[int, Meta(ge=0, le=20, description="Followed at most; each is checked as the first.")] = 0
    max_connections: Annotated[Count, Meta(description="Open at once.")] = 100


class KafkaConnector(Document, frozen=True):
    """A Kafka cluster to publish to."""

    brokers: Annotated[list[str], Meta(min_length=1)]
    topic: Annotated[str, Meta(min_length=1, description="Of tasks that say none.")]
    group_id: str | None = None
    acks: Annotated[
        Literal["all", "leader", "none"], Meta(description="Who must have a message before it counts as published.")
    ] = "all"
    idempotent: Annotated[bool, Meta(description="Whether the brokers refuse a message sent twice.")] = True
    compression: Literal["none", "gzip"] = "none"
    linger_ms: Annotated[int, Meta(ge=0, le=1000, description="How long a batch waits for more messages.")] = 0
    max_message_bytes: Count = 1_048_576
    tls: bool = False
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], Meta(description="With `auth` of type `basic`.")
    ] = "PLAIN"
    auth: Any = None
    retry: Retry = msgspec.field(default_factory=Retry)


class DbConnector(Document, frozen=True):
    """PostgreSQL, MySQL, SQLite or MongoDB."""

    connection_string: Annotated[str, Meta(min_length=1)]
    driver: Literal["postgres", "mysql", "sqlite", "mongodb"] = "postgres"
    max_connections: Count | None = None
    connect_timeout_ms: Milliseconds | None = None
    query_timeout_ms: Milliseconds | None = None
    max_rows: Annotated[Count, Meta(description="More of one statement are a failure.")] = 10_000
    max_result_bytes: Annotated[Count, Meta(description="As are larger results, of all statements.")] = 10_485_760
    once_retention_hours: Annotated[
        int, Meta(ge=24, le=87_600, description="How long what `once` has done is remembered.")
    ] = 720
    auth: Any = None
    retry: Retry = msgspec.field(default_factory=Retry)


class CacheConnector(Document, frozen=True):
    """A cache in memory or in Redis."""

    backend: Literal["redis", "memory"]
    url: str | None = None
    default_ttl_secs: Seconds | None = None
    max_connections: Count | None = None
    max_entries: Annotated[Count, Meta(description="Kept in memory; the least recently used goes first.")] = 100_000
    max_bytes: Annotated[Count, Meta(description="What keys and values in memory may take.")] = 67_108_864
    auth: Any = None
    retry: Retry = msgspec.field(default_factory=Retry)


class StorageConnector(Document, frozen=True):
    """Objects in S3, GCS or a folder."""

    provider: Literal["s3", "gcs", "local"]
    bucket: str | None = None
    region: str | None = None
    base_path: Annotated[str | None, Meta(description="All paths lie below it; for `local`, the folder.")] = None
    endpoint: Annotated[
        str | None, Meta(description="Of a service that speaks as S3 does, or of an emulator of GCS.")
    ] = None
    session_token: str | None = None
    service_account_key: Annotated[str | None, Meta(description="Of GCS, the JSON text.")] = None
    max_object_bytes: Annotated[Count, Meta(description="Read or written at once.")] = 10_485_760
    auth: Annotated[Any, Meta(description="`basic`: access key id and secret access key.")] = None
    retry: Retry = msgspec.field(default_factory=Retry)


CONNECTOR_TYPES: Mapping[str, type[Document]] = {
    "http": HttpConnector,
    "kafka": KafkaConnector,
    "db": DbConnector,
    "cache": CacheConnector,
    "storage": StorageConnector,
}


class ConnectorDefinition(Document, frozen=True):
    """A named way to an outside system, with its secrets."""

    ALIASES: ClassVar[Mapping[str, str]] = {"config_json": "config", "connector_id": "id"}

    name: Name
    connector_type: Literal["http", "kafka", "db", "cache", "storage"]
    id: Id | None = None
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    enabled: bool = True


class ConnectorChange(Document, frozen=True):
    """What a PUT may change of a connector; members left out are kept."""

    ALIASES: ClassVar[Mapping[str, str]] = {"config_json": "config"}

    name: Name | UnsetType = UNSET
    connector_type: Literal["http", "kafka", "db", "cache", "storage"] | UnsetType = UNSET
    config: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


def read_connector(document: object, problems: Problems, pointer: str = "") -> ConnectorDefinition | None:
    """Read a connector and its config; `config.type` may be left out, and must agree when it is given."""
    connector = read(config_as_object(document, problems, pointer), ConnectorDefinition, problems, pointer)
    if connector is None:
        return None
    check_name(connector.name, problems, at(pointer, "name"))
    read_connector_config(connector.connector_type, connector.config, problems, at(pointer, "config"))
    return connector


def read_connector_config(
    connector_type: str, config: Mapping[str, Any], problems: Problems, pointer: str
) -> Document | None:
    """Read a connector's config as its type declares it."""
    members = dict(config)
    given = members.pop("type", connector_type)
    if given != connector_type:
        problems.error(at(pointer, "type"), f"config is of type '{given}', the connector of '{connector_type}'")
    parsed = read(members, CONNECTOR_TYPES[connector_type], problems, pointer)
    if members.get("auth") is not None:
        _check_auth(members["auth"], problems, at(pointer, "auth"))
    if parsed is not None:
        _check_connector(parsed, problems, pointer)
    return parsed


def _check_auth(auth: object, problems: Problems, pointer: str) -> None:
    kind = auth.get("type") if isinstance(auth, Mapping) else None
    if not isinstance(auth, Mapping) or not isinstance(kind, str) or kind not in AUTH_TYPES:
        problems.error(at(pointer, "type"), "unknown kind of auth", expected="one of 'bearer', 'basic', 'apikey'")
        return
    read({name: value for name, value in auth.items() if name != "type"}, AUTH_TYPES[kind], problems, pointer)


DIALECTS: Mapping[str, str] = {
    "postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite",
    "mongodb": "mongodb", "mongodb+srv": "mongodb",
}  # fmt: skip
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
_URL = re.compile(
    r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>\[[^\]]+\]|[^/?#:@]*)(?::(?P<port>\d*))?"
)


def dialect_of(config: DbConnector) -> str:
    """Which kind of database a connector leads to: "postgres", "mysql", "sqlite" or "mongodb"; its address says."""
    return DIALECTS.get(config.connection_string.partition(":")[0].lower(), config.driver)


def _check_connector(parsed: Document, problems: Problems, pointer: str) -> None:
    """What goes beyond the shape; an address that is a reference is checked once it is resolved."""
    if isinstance(parsed, HttpConnector) and parsed.url and not is_reference(parsed.url):
        _check_url(parsed.url, problems, at(pointer, "url"))
    if isinstance(parsed, DbConnector) and not is_reference(parsed.connection_string):
        _check_database(parsed, problems, pointer)
    if isinstance(parsed, KafkaConnector):
        _check_kafka(parsed, problems, pointer)
    if isinstance(parsed, StorageConnector):
        _check_storage(parsed, problems, pointer)
    if isinstance(parsed, CacheConnector) and parsed.backend == "redis":
        _check_redis(parsed, problems, pointer)


def _check_redis(parsed: CacheConnector, problems: Problems, pointer: str) -> None:
    url = (parsed.url or "").strip()
    if not url:
        problems.error(at(pointer, "url"), "Cache connector with backend='redis' requires a non-empty 'url'")
    elif not url.startswith(REDIS_SCHEMES) and not is_reference(url):
        problems.error(at(pointer, "url"), "not the URL of a Redis server", expected="redis://, rediss:// or unix://")
    if isinstance(parsed.auth, Mapping) and parsed.auth.get("type") in ("bearer", "apikey"):
        problems.error(at(pointer, "auth", "type"), "Redis knows no such auth", expected="'basic'")


def _check_database(parsed: DbConnector, problems: Problems, pointer: str) -> None:
    scheme = parsed.connection_string.partition(":")[0].lower()
    if scheme not in DIALECTS:
        expected = "postgres://, mysql://, mariadb://, sqlite: or mongodb://"
        problems.error(at(pointer, "connection_string"), "not the address of a database", expected=expected)
    elif parsed.driver not in ("postgres", DIALECTS[scheme]):  # the default says nothing
        problems.error(at(pointer, "driver"), f"the address is one of '{DIALECTS[scheme]}'")
    if isinstance(parsed.auth, Mapping) and parsed.auth.get("type") in ("bearer", "apikey"):
        problems.error(at(pointer, "auth", "type"), "databases know no such auth", expected="'basic'")


def _check_kafka(parsed: KafkaConnector, problems: Problems, pointer: str) -> None:
    for index, broker in enumerate(parsed.brokers):
        host, colon, port = broker.rpartition(":")
        if not host or not colon or not port.isascii() or not port.isdigit() or "/" in broker:
            problems.error(at(pointer, "brokers", index), f"'{broker}' is no broker", expected="host:port")
    if parsed.idempotent and parsed.acks != "all":
        problems.error(
            at(pointer, "acks"), "an idempotent producer waits for all", expected="'all', or idempotent false"
        )
    if isinstance(parsed.auth, Mapping) and parsed.auth.get("type") in ("bearer", "apikey"):
        problems.error(at(pointer, "auth", "type"), "Kafka knows no such auth", expected="'basic'")


def _check_storage(parsed: StorageConnector, problems: Problems, pointer: str) -> None:
    needed = "base_path" if parsed.provider == "local" else "bucket"
    if not getattr(parsed, needed):
        problems.error(pointer, f"Storage connector with provider='{parsed.provider}' requires '{needed}'")
    if parsed.endpoint is not None and not is_reference(parsed.endpoint):
        _check_url(parsed.endpoint, problems, at(pointer, "endpoint"))
    if parsed.base_path and ".." in parsed.base_path.split("/"):
        problems.error(at(pointer, "base_path"), "the base path may not hold '..'")
    if isinstance(parsed.auth, Mapping) and parsed.auth.get("type") in ("bearer", "apikey"):
        problems.error(at(pointer, "auth", "type"), "storages know no such auth", expected="'basic'")


def _check_url(url: str, problems: Problems, pointer: str) -> None:
    found = _URL.match(url)
    if found is None or any(character.isspace() for character in url):
        problems.error(pointer, "not a URL", expected="an absolute http or https URL")
    elif found["scheme"].lower() not in ("http", "https"):
        problems.error(pointer, f"Connector URL must use http or https scheme, got '{found['scheme']}'")
    elif not found["host"]:
        problems.error(pointer, "the URL names no host", expected="an absolute http or https URL")
