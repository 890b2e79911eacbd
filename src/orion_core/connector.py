"""A connector in force: its config as read, its secrets resolved. Connects to nothing.

What a snapshot holds of connectors, and what every action on one carries to the driver. It holds secrets, so it has no
text form beyond its name.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote

import cython
import msgspec

from orion_core.addresses import refuse_url
from orion_core.connector_definitions import (
    CacheConnector,
    DbConnector,
    HttpConnector,
    KafkaConnector,
    Retry,
    StorageConnector,
    dialect_of,
    read_connector_config,
)
from orion_core.governance.retry import RetryRule
from orion_core.masking import MASK, is_secret
from orion_core.problems import Problems, at

HTTP, SQL, MONGO, CACHE, KAFKA, STORAGE = "http", "sql", "mongo", "cache", "kafka", "storage"
WORDS: Mapping[str, str] = {
    HTTP: "an HTTP connector",
    SQL: "a database connector",
    MONGO: "a MongoDB connector",
    CACHE: "a cache connector",
    KAFKA: "a Kafka connector",
    STORAGE: "a storage connector",
}
_KINDS: Mapping[type, str] = {
    HttpConnector: HTTP, CacheConnector: CACHE, KafkaConnector: KAFKA, StorageConnector: STORAGE,
}  # fmt: skip
SHORTEST_SECRET = 4  # characters; a shorter one would take half of every text with it


@cython.final
@cython.cclass
class Connector:
    """A named way to an outside system.

    Args:
        name: As tasks write it.
        kind: Which functions may use it: "http", "sql", "mongo", "cache", "kafka" or "storage".
        config: As its type declares it.
        retry: When a failed call is tried again.
        fingerprint: Of the whole config: connections made for another one are not for this.
        secrets: What must not be seen in any text.
    """

    def __init__(
        self, name: str, kind: str, config: Any, retry: RetryRule, fingerprint: str, secrets: tuple[str, ...]
    ) -> None:
        self.name = name
        self.kind = kind
        self.config = config
        self.retry = retry
        self.fingerprint = fingerprint
        self.secrets = secrets

    def __repr__(self) -> str:
        return f"<Connector {self.name}>"

    def redact(self, text: str) -> str:
        """A text of the outside world without this connector's secrets."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


def compile_connector(
    name: str,
    connector_type: str,
    config: Mapping[str, Any],
    problems: Problems,
    pointer: str = "/config",
    referred: Iterable[str] = (),
) -> Connector | None:
    """Compile a connector.

    Args:
        name: As tasks write it.
        connector_type: What the admin called its type.
        config: As the admin wrote it, references to secrets resolved.
        problems: Receives whatever is wrong.
        pointer: Where the config lies in the connector's document.
        referred: What its references stood for: secrets, wherever in the config they stand.

    Returns:
        The connector, or None when something was wrong.
    """
    before = len(problems.errors)
    parsed = read_connector_config(connector_type, config, problems, pointer)
    if isinstance(parsed, HttpConnector) and parsed.url and not parsed.allow_private_urls:
        refused = refuse_url(parsed.url)
        if refused is not None:
            text = f"SSRF protection: {refused}"
            problems.error(at(pointer, "url"), text, hint="allow_private_urls lifts this for services of your own")
    if parsed is None or len(problems.errors) > before:
        return None
    retry: Retry = parsed.retry  # type: ignore[attr-defined] # every connector has one
    secrets = hidden_texts(config, referred)
    fingerprint = sha256(msgspec.json.encode((connector_type, config), order="deterministic")).hexdigest()
    return Connector(name, kind_of_config(parsed), parsed, rule_of(retry), fingerprint, secrets)


def kind_of_config(config: object) -> str:
    """Which functions may use a connector; a database's URL says which kind of database it is."""
    if isinstance(config, DbConnector):
        return MONGO if dialect_of(config) == "mongodb" else SQL
    return _KINDS[type(config)]


def rule_of(retry: Retry) -> RetryRule:
    """What an admin wrote about retries, in seconds."""
    return RetryRule(retry.max_retries, retry.retry_delay_ms / 1000)


def hidden_texts(config: object, referred: Iterable[str] = ()) -> tuple[str, ...]:
    """What a connector takes out of texts, the longest first; the arguments are those of `compile_connector`."""
    hidden = {*secrets_of(config), *(each for each in referred if len(each) >= SHORTEST_SECRET)}
    return tuple(sorted(hidden, key=len, reverse=True))


def secrets_of(value: object, name: str = "") -> Iterator[str]:
    """The texts in a config that must not be seen: what is masked, and passwords inside URLs."""
    if isinstance(value, Mapping):
        for each, child in value.items():
            yield from secrets_of(child, "authorization" if name == "headers" else each)
    elif isinstance(value, list):
        for child in value:
            yield from secrets_of(child)
    elif isinstance(value, str):
        if is_secret(name) and len(value) >= SHORTEST_SECRET:
            yield value
        yield from (each for each in _in_url(value) if len(each) >= SHORTEST_SECRET)


def _in_url(text: str) -> Iterator[str]:
    """The password and the secret parameters of a URL, as they are written and as they are meant."""
    _, found, rest = text.partition("://")
    if not found:
        return
    password = rest.partition("/")[0].rpartition("@")[0].partition(":")[2]
    yield password
    yield unquote(password)
    for name, values in parse_qs(rest.partition("?")[2]).items():
        if is_secret(name):
            yield from values
