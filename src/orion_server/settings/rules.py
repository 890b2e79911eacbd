"""What must hold between settings, beyond each one's own type. Reads nothing but the files TLS names."""

import ipaddress
import re
import ssl
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from orion_core import Problems, check_origin
from orion_io.storage import StorageError, target_of
from orion_server.log_levels import read_levels
from orion_server.settings.types import Settings, Tls

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")  # RFC 9110 section 7.2
Rule = tuple[tuple[str, ...], str]


def broken_rules(settings: Settings) -> Iterator[Rule]:
    """Every rule that does not hold: the setting it is about, and why."""
    yield from _server(settings)
    yield from _storage(settings)
    yield from _authentication(settings)
    yield from _cors(settings)
    yield from _kafka(settings)
    yield from _logging(settings)
    yield from _mcp(settings)
    yield from _tracing(settings)
    yield from _cluster(settings)
    if settings.environment.lower().startswith("prod"):
        yield from _production(settings)


def _server(settings: Settings) -> Iterator[Rule]:
    server = settings.server
    try:
        ipaddress.ip_address(server.host)
    except ValueError:
        yield ("server", "host"), "must be a literal IP address, such as 0.0.0.0 or ::1"
    for network in server.trusted_proxies:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            yield ("server", "trusted_proxies"), f"'{network}' is no network; write it as 10.0.0.0/8"
    if server.tls.enabled:
        yield from _tls(server.tls)


def _tls(tls: Tls) -> Iterator[Rule]:
    missing = [name for name in ("cert_path", "key_path") if not Path(getattr(tls, name) or ".").is_file()]
    if missing:
        yield from ((("server", "tls", name), "TLS is enabled, and this is no file") for name in missing)
        return
    try:
        # Without a password, OpenSSL would ask for it on the terminal; an empty one is refused like a wrong one.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.cert_path, tls.key_path, password="")
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        yield ("server", "tls", "cert_path"), f"{tls.cert_path} and {tls.key_path} cannot be used: {why}"


def _storage(settings: Settings) -> Iterator[Rule]:
    try:
        target_of(settings.storage.url)
    except StorageError as error:
        yield ("storage", "url"), str(error)


def _authentication(settings: Settings) -> Iterator[Rule]:
    auth = settings.admin_auth
    if auth.enabled and not any(key.strip() for key in (auth.api_key, *auth.api_keys, *(key.key for key in auth.keys))):
        yield ("admin_auth", "api_key"), "authentication is enabled, and there is no key"
    names = [key.name for key in auth.keys]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield ("admin_auth", "keys"), f"the name '{name}' stands twice"
    secrets = [*filter(None, (auth.api_key, *auth.api_keys)), *(key.key for key in auth.keys)]
    if len(secrets) != len(set(secrets)):
        yield ("admin_auth", "keys"), "two keys are the same, so one would act under the other's name"
    if _TOKEN.fullmatch(auth.header) is None:
        yield ("admin_auth", "header"), "is not the name of a header"


def _cors(settings: Settings) -> Iterator[Rule]:
    problems = Problems()
    for origin in settings.cors.allowed_origins:
        check_origin(origin, problems, "")
    for problem in problems.errors:
        yield ("cors", "allowed_origins"), f"{problem.message}; expected {problem.expected}"


def _kafka(settings: Settings) -> Iterator[Rule]:
    kafka = settings.kafka
    if not kafka.enabled:
        return
    if not kafka.brokers:
        yield ("kafka", "brokers"), "Kafka is enabled, and there is no broker"
    for broker in kafka.brokers:
        host, _, port = broker.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            yield ("kafka", "brokers"), f"'{broker}' is not host:port"
    if not kafka.group_id.strip():
        yield ("kafka", "group_id"), "must not be empty"
    if bool(kafka.username) != bool(kafka.password):
        yield ("kafka", "username"), "username and password belong together"
    if kafka.dlq.enabled and kafka.dlq.topic in [each.topic for each in kafka.topics]:
        yield ("kafka", "dlq", "topic"), "is consumed itself; what failed would come again for ever"
    for name in ("topic", "channel"):
        values = [getattr(topic, name) for topic in kafka.topics]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield ("kafka", "topics"), f"{name} '{value}' stands twice"


def _logging(settings: Settings) -> Iterator[Rule]:
    try:
        read_levels(settings.logging.level)
    except ValueError as error:
        yield ("logging", "level"), str(error)


def _mcp(settings: Settings) -> Iterator[Rule]:
    mcp = settings.mcp
    if mcp.enabled and not settings.admin_auth.enabled:
        yield ("mcp", "enabled"), "asks for admin_auth.enabled: whoever reached it could change everything"
    if mcp.enabled and find_spec("mcp") is None:
        yield ("mcp", "enabled"), "needs the package mcp: pip install 'orion-runtime[mcp]'"
    for host in mcp.allowed_hosts:
        if _HOST.fullmatch(host) is None:
            yield ("mcp", "allowed_hosts"), f"'{host}' is no name; write it as orion.example or orion.example:8080"
    problems = Problems()
    for origin in mcp.allowed_origins:
        if origin == "*":
            yield ("mcp", "allowed_origins"), "must name origins; a page of anybody could ask"
        else:
            check_origin(origin, problems, "")
    for problem in problems.errors:
        yield ("mcp", "allowed_origins"), f"{problem.message}; expected {problem.expected}"


def _tracing(settings: Settings) -> Iterator[Rule]:
    if settings.tracing.enabled and not settings.tracing.otlp_endpoint.strip():
        yield ("tracing", "otlp_endpoint"), "tracing is enabled, and there is no endpoint"


def _cluster(settings: Settings) -> Iterator[Rule]:
    url = settings.cluster.redis_url
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        yield ("cluster", "redis_url"), "must begin with redis://, rediss:// or unix://"


def _production(settings: Settings) -> Iterator[Rule]:
    if not settings.admin_auth.enabled:
        yield ("admin_auth", "enabled"), "must be true in production"
    if settings.cors.allowed_origins == ["*"]:
        yield ("cors", "allowed_origins"), "must name origins in production"
