"""Every setting, its type, its bounds, its default and its documentation. Reads nothing."""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from orion_core import UNSTORED


def doc(text: str, ge: int | None = None, le: int | None = None) -> Meta:
    """The documentation of a setting, and the bounds of its value."""
    return Meta(description=text, ge=ge, le=le)


Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Count = Annotated[int, Meta(ge=0, le=2_147_483_647)]
NonEmpty = Annotated[str, Meta(min_length=1)]


Share = Annotated[float, Meta(ge=0, le=1)]

SYNC = "Which are kept: `all`, `errors`, `none`, or every failure and this share (0 to 1) of the rest."


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every table of the file."""

    # Members whose values are never shown.
    SECRET: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        """Without secrets, whoever prints it."""
        shown = ("******" if name in self.SECRET else repr(getattr(self, name)) for name in self.__struct_fields__)
        pairs = zip(self.__struct_fields__, shown, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in pairs)})"


class Tls(Section, frozen=True):
    """TLS termination."""

    enabled: Annotated[bool, doc("Serve HTTPS (TLS 1.2 or newer) and nothing else.")] = False
    cert_path: Annotated[str, doc("PEM certificate chain.")] = ""
    key_path: Annotated[str, doc("PEM private key, without a password.")] = ""


class Server(Section, frozen=True):
    """Where the server listens, and how it stops."""

    transport: Annotated[Literal["granian", "direct"], doc("What speaks HTTP: docs/deployment.md compares them.")] = (
        "granian"
    )
    host: Annotated[str, doc("Literal IP address to listen on.")] = "0.0.0.0"  # noqa: S104 - the documented default
    port: Annotated[Port, doc("TCP port.")] = 8080
    shutdown_drain_secs: Annotated[Count, doc("How long requests under way may take after SIGTERM, at most.")] = 30
    header_timeout_secs: Annotated[Positive, doc("How long a request's head may take. Granian: or be waited for.")] = 10
    idle_timeout_secs: Annotated[Positive, doc("How long `direct` keeps a connection between two requests.")] = 60
    body_timeout_secs: Annotated[Positive, doc("How long a request's body may take.")] = 30
    max_connections: Annotated[Positive, doc("How many connections `direct` accepts.")] = 10_000
    trusted_proxies: Annotated[list[str], doc("Networks whose Forwarded headers are believed (CIDR).")] = []
    tls: Tls = Tls()


class Storage(Section, frozen=True):
    """The control-plane database."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"url"})

    url: Annotated[str, doc("Database URL: `sqlite:`, `postgres://` or `mysql://`.")] = "sqlite:orion.db"
    max_connections: Annotated[Positive, doc("Connections at most.")] = 25
    min_connections: Annotated[Count, doc("Connections kept open.")] = 5
    busy_timeout_ms: Annotated[Positive, doc("How long a statement waits for another's lock.")] = 5000
    acquire_timeout_secs: Annotated[Positive, doc("How long to wait for a free connection.")] = 5
    idle_timeout_secs: Annotated[Count, doc("When an unused connection is closed; 0 means never.")] = 0
    backup_dir: Annotated[str, doc("Where copies of a SQLite file are written.")] = "./backups"


class Ingest(Section, frozen=True):
    """What comes in."""

    max_payload_size: Annotated[Positive, doc("Largest request body, bytes.")] = 1_048_576
    max_definitions_size: Annotated[Positive, doc("Largest import or restore, bytes.")] = 16_777_216


class Limits(Section, frozen=True):
    """What one request may use."""

    max_depth: Annotated[int, doc("How deep arrays and objects of a body may be nested.", ge=1, le=200)] = 64
    max_nodes: Annotated[Positive, doc("JSONLogic nodes a request may evaluate.")] = 1_000_000
    max_message_bytes: Annotated[Positive, doc("How much a message may grow by; the largest answer.")] = 16_777_216


class CircuitBreaker(Section, frozen=True):
    """Breakers of connectors."""

    enabled: Annotated[bool, doc("Whether connectors are guarded.")] = False
    failure_threshold: Annotated[Positive, doc("Failures in a row that open a breaker.")] = 5
    recovery_timeout_secs: Annotated[Positive, doc("Pause before the one probe.")] = 30
    max_breakers: Annotated[Positive, doc("Breakers kept; the least recently used go first.")] = 10_000


class Engine(Section, frozen=True):
    """The workflow engine."""

    health_check_timeout_secs: Annotated[Positive, doc("How long the database may take to answer a health check.")] = 2
    reload_timeout_secs: Annotated[Positive, doc("How long a change or reload waits for the one before it.")] = 10
    max_channel_call_depth: Annotated[int, doc("How many channel_calls may be nested.", ge=1, le=100)] = 10
    default_channel_call_timeout_ms: Annotated[Positive, doc("For a channel_call without its own.")] = 30_000
    global_http_timeout_secs: Annotated[Positive, doc("For http_call.")] = 30
    max_pool_cache_entries: Annotated[Positive, doc("Connection pools kept for connectors.")] = 100
    pool_idle_secs: Annotated[Positive, doc("How long a pool that nobody uses stays open.")] = 600
    cache_cleanup_interval_secs: Annotated[Positive, doc("How often idle pools and entries are cleared.")] = 60
    limits: Limits = Limits()
    circuit_breaker: CircuitBreaker = CircuitBreaker()


class SecretReferences(Section, frozen=True):
    """What connectors may refer to as `${NAME}` and `file:/path`."""

    env_allow: Annotated[list[str], doc("Globs of environment variables.")] = msgspec.field(
        default_factory=lambda: ["*"]
    )
    env_deny: Annotated[list[str], doc("Globs; they win. Orion's own hold the admin keys.")] = msgspec.field(
        default_factory=lambda: ["ORION_*"]
    )
    folders: Annotated[list[str], doc("Where files may lie.")] = msgspec.field(default_factory=lambda: ["/run/secrets"])


class Queue(Section, frozen=True):
    """Asynchronous requests."""

    workers: Annotated[Positive, doc("Requests worked on at once.")] = 4
    buffer_size: Annotated[Positive, doc("Requests waiting at most; more are refused.")] = 1000
    lease_secs: Annotated[Positive, doc("When a request is taken over whose server gives no sign of life.")] = 15
    poll_interval_ms: Annotated[Positive, doc("How often to look for what other servers accepted.")] = 500
    shutdown_timeout_secs: Annotated[Positive, doc("How long work under way may take at shutdown.")] = 30
    trace_retention_hours: Annotated[Count, doc("How long traces are kept; 0 means for ever.")] = 72
    trace_cleanup_interval_secs: Annotated[Positive, doc("How often old traces are removed.")] = 3600
    processing_timeout_ms: Annotated[Positive, doc("How long one request may take.")] = 60_000
    max_result_size_bytes: Annotated[Count, doc("Largest result kept; 0 means any.")] = 1_048_576
    max_queue_memory_bytes: Annotated[Count, doc("What waiting requests may take; 0 means any.")] = 104_857_600
    dlq_retry_enabled: Annotated[bool, doc("Whether dead letters are tried again.")] = True
    dlq_max_retries: Annotated[Count, doc("How often.")] = 5
    dlq_poll_interval_secs: Annotated[Positive, doc("How often to look for them.")] = 30


class Traces(Section, frozen=True):
    """Records of synchronous requests."""

    sync: Annotated[Literal["all", "errors", "none"] | Share, doc(SYNC)] = "all"
    queue_rows: Annotated[Positive, doc("Records that may wait; more are dropped and counted.")] = 20_000
    queue_bytes: Annotated[Positive, doc("What waiting records may take.")] = 67_108_864
    deny_headers: Annotated[
        list[str], doc("Request headers that are never stored; asynchronous work does without them. `*` is any text.")
    ] = msgspec.field(default_factory=lambda: list(UNSTORED))


class Endpoints(Section, frozen=True):
    """Limits of endpoint groups."""

    admin_rps: Annotated[Positive | None, doc("Requests a second to the admin API.")] = None
    data_rps: Annotated[Positive | None, doc("Requests a second to the data API.")] = None


class RateLimit(Section, frozen=True):
    """Limits for the whole platform."""

    enabled: Annotated[bool, doc("Whether they are in force.")] = False
    default_rps: Annotated[Positive, doc("Requests a second of one client.")] = 100
    default_burst: Annotated[Positive, doc("How many at once.")] = 50
    endpoints: Endpoints = Endpoints()


class Governance(Section, frozen=True):
    """What may be remembered to guard channels."""

    rate_limit_keys: Annotated[Positive, doc("Keys of one rate limit; the least recently used go first.")] = 100_000
    idempotency_keys: Annotated[Positive, doc("Keys of one channel's window; beyond it, requests get 503.")] = 100_000
    idempotency_bytes: Annotated[Positive, doc("What they and their answers take.")] = 67_108_864
    cache_entries: Annotated[Positive, doc("Answers kept, of all channels; the least recently used go first.")] = 10_000
    cache_bytes: Annotated[Positive, doc("What they take.")] = 67_108_864


class AdminKey(Section, frozen=True):
    """A key with a name and a role."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"key"})

    name: NonEmpty
    key: NonEmpty
    role: Literal["read", "write"] = "write"


class AdminAuth(Section, frozen=True):
    """Who may use the admin API."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"api_key", "api_keys", "keys"})

    enabled: Annotated[bool, doc("Whether credentials are asked for.")] = False
    api_key: Annotated[str, doc("The key.")] = ""
    api_keys: Annotated[list[str], doc("Further keys, to change them without a gap.")] = []
    keys: Annotated[list[AdminKey], doc("Keys with a `name` for the audit log and a `role`: `read` or `write`.")] = []
    max_failures_per_minute: Annotated[Positive, doc("Wrong keys of one client before it has to wait.")] = 10
    header: Annotated[str, doc("`Authorization` takes `Bearer <key>`, others the key.")] = "Authorization"


class CorsSettings(Section, frozen=True):
    """Browsers of other origins."""

    allowed_origins: Annotated[list[str], doc("Origins that are allowed; `*` means every one.")] = msgspec.field(
        default_factory=lambda: ["*"]
    )


class Topic(Section, frozen=True):
    """A topic and the channel that consumes it."""

    topic: NonEmpty
    channel: NonEmpty


class KafkaDlq(Section, frozen=True):
    """Where messages go that could not be processed; without it, failures are tried again as dead letters."""

    enabled: Annotated[bool, doc("Whether they are published.")] = False
    topic: Annotated[NonEmpty, doc("Topic they are published to, as they were, with headers that say why.")] = (
        "orion-dlq"
    )


class Kafka(Section, frozen=True):
    """Consumption from Kafka."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"password"})

    enabled: Annotated[bool, doc("Whether to consume.")] = False
    brokers: Annotated[list[str], doc("`host:port` of each.")] = msgspec.field(
        default_factory=lambda: ["localhost:9092"]
    )
    tls: Annotated[bool, doc("Whether connections to brokers are encrypted, and their certificates checked.")] = False
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], doc("How the user proves who it is.")
    ] = "PLAIN"
    username: Annotated[str, doc("User; without one, brokers are not told who we are.")] = ""
    password: Annotated[str, doc("The user's password.")] = ""
    group_id: Annotated[str, doc("Consumer group of channels that name none.")] = "orion"
    session_timeout_ms: Annotated[
        int, doc("How long a server may be silent before others get its partitions.", ge=1000, le=300_000)
    ] = 10_000
    processing_timeout_ms: Annotated[Positive, doc("How long one message may take.")] = 60_000
    max_inflight: Annotated[Positive, doc("Messages that were read and have no outcome yet, at most.")] = 100
    lag_poll_interval_secs: Annotated[Count, doc("How often lag is measured; 0 means never.")] = 30
    topics: Annotated[list[Topic], doc("Topics and the channels that consume them.")] = []
    dlq: KafkaDlq = KafkaDlq()


class Logging(Section, frozen=True):
    """The process's own log, on standard output."""

    level: Annotated[
        str,
        doc(
            "The least that is written: trace, debug, info, warn, error, off; `orion_io.queue=debug,warn` for modules."
        ),
    ] = "info"
    format: Annotated[Literal["pretty", "json"], doc("For people, or for machines.")] = "pretty"


class Metrics(Section, frozen=True):
    """Prometheus."""

    enabled: Annotated[bool, doc("Whether /metrics answers.")] = False
    public: Annotated[bool, doc("Whether it does without a key while admin_auth is on.")] = False


class Mcp(Section, frozen=True):
    """AI assistants."""

    enabled: Annotated[
        bool, doc("Whether /mcp answers who shows an admin key; asks for admin_auth and for the package `mcp`.")
    ] = False
    read_only: Annotated[bool, doc("Whether tools that change something are neither shown nor called.")] = False
    allowed_hosts: Annotated[
        list[NonEmpty], doc("Names it is reached by, beside loopback and `server.host`; with a port, by that alone.")
    ] = []
    allowed_origins: Annotated[list[NonEmpty], doc("Browser origins that may ask; none by default.")] = []


class Tracing(Section, frozen=True):
    """OpenTelemetry."""

    enabled: Annotated[bool, doc("Whether spans are exported.")] = False
    otlp_endpoint: Annotated[str, doc("OTLP gRPC endpoint.")] = "http://localhost:4317"
    service_name: Annotated[str, doc("The name spans carry.")] = "orion"
    sample_rate: Annotated[float, doc("Share of requests traced.", ge=0, le=1)] = 1.0


class Cluster(Section, frozen=True):
    """What several servers remember together: rate limits, idempotency keys, kept answers, circuit breakers."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"redis_url"})

    redis_url: Annotated[
        str, doc("Where: `redis://`, `rediss://` (TLS) or `unix://`, Redis 5 or newer. Empty: each server for itself.")
    ] = ""
    key_prefix: Annotated[str, doc("Stands before every key, where several clusters share a Redis.")] = ""
    timeout_ms: Annotated[Positive, doc("How long it may take to answer before it counts as away.")] = 500
    rate_limits: Annotated[
        Literal["open", "closed"],
        doc("While it is away: `open`, each server limits for itself; `closed`, limited channels answer 503."),
    ] = "open"
    deduplication: Annotated[
        Literal["open", "closed"],
        doc("While it is away: `closed`, requests with a key get 503; `open`, each server knows its own keys."),
    ] = "closed"


class ChannelsFilter(Section, frozen=True):
    """Which channels this instance runs, by name."""

    include: Annotated[list[NonEmpty], doc("Globs; empty means all. `*` is any run of characters.")] = []
    exclude: Annotated[list[NonEmpty], doc("Globs of those it does not; they win.")] = []


class Settings(Section, frozen=True):
    """The whole of orion.toml."""

    environment: Annotated[str, doc("`prod…` asks for admin_auth and named origins.")] = "development"
    server: Server = Server()
    storage: Storage = Storage()
    ingest: Ingest = Ingest()
    engine: Engine = Engine()
    secrets: SecretReferences = SecretReferences()
    queue: Queue = Queue()
    traces: Traces = Traces()
    rate_limit: RateLimit = RateLimit()
    governance: Governance = Governance()
    admin_auth: AdminAuth = AdminAuth()
    cors: CorsSettings = CorsSettings()
    kafka: Kafka = Kafka()
    logging: Logging = Logging()
    metrics: Metrics = Metrics()
    mcp: Mcp = Mcp()
    tracing: Tracing = Tracing()
    channels: ChannelsFilter = ChannelsFilter()
    cluster: Cluster = Cluster()
