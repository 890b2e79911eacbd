"""Secrets are planted in every place a secret can be, everything is asked and made to fail, and each stays where it is.

A planted text names its place, so that a leak says where it came from.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from orion_io.storage.schema import metadata
from tests.cli.running import Cli
from tests.http.api import ADMIN, PARSE, Api, Json, task
from tests.http.collector import Collector, collecting
from tests.http.servers import Server, serving
from tests.http.upstream import Upstream, upstream
from tests.mcp.conftest import over_stdio
from tests.server.test_cli import orion
from tests.services import free_port, redis_server

STEM = "x7f3a9c"
# And the password of the server's own database, as its address has it.
PLANTED = re.compile(rf"planted-[a-z-]+-{STEM}|the%20database's%20own")


def planted(place: str) -> str:
    """A secret for one place."""
    return f"planted-{place}-{STEM}"


ADMIN_KEY = planted("admin-key")
PASSPHRASE = planted("passphrase")
HEADERS = {"authorization": f"Bearer {ADMIN_KEY}"}
OF_CALLERS = {
    "authorization": f"Bearer {planted('callers-token')}", "cookie": f"session={planted('callers-cookie')}",
    "x-api-key": planted("callers-key"), "proxy-authorization": planted("callers-proxy"),
}  # fmt: skip


def settings(folder: Path, collector: Collector, redis: int) -> dict[str, str]:
    """Everything on, and a log that says all there is to say."""
    further = [{"name": "ci", "key": planted("named-key")}]
    return {
        "ORION_LOG": "trace", "ORION_LOGGING__FORMAT": "json", "ORION_METRICS__ENABLED": "true",
        "ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": ADMIN_KEY,
        "ORION_ADMIN_AUTH__API_KEYS": planted("further-key"), "ORION_ADMIN_AUTH__KEYS": json.dumps(further),
        "ORION_ENGINE__CIRCUIT_BREAKER__ENABLED": "true", "ORION_QUEUE__DLQ_MAX_RETRIES": "0",
        "ORION_TRACING__ENABLED": "true", "ORION_TRACING__OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={planted('otlp-header')}", "OTEL_BSP_SCHEDULE_DELAY": "100",
        "ORION_KAFKA__ENABLED": "true", "ORION_KAFKA__BROKERS": f"127.0.0.1:{free_port()}",
        "ORION_KAFKA__USERNAME": "orion", "ORION_KAFKA__PASSWORD": planted("kafka-consumer"),
        "ORION_CLUSTER__REDIS_URL": f"redis://:{planted('cluster')}@127.0.0.1:{redis}",
        "ORION_SECRETS__FOLDERS": str(folder),
        "STOCK_TOKEN": planted("variable"), "STOCK_PATH": planted("variable-in-a-path"), "STOCK_BROKER": planted("variable-as-broker"),
    }  # fmt: skip


def configs(folder: Path, there: Upstream, redis: int) -> dict[str, tuple[str, Json]]:
    """Connectors of every type, a secret in every place that may hold one; most lead nowhere, some to a refusal."""
    nowhere, refusing = f"127.0.0.1:{free_port()}", f"{there.url}/status/403"
    (folder / "token").write_text(planted("file"))

    def basic(place: str) -> Json:
        return {"auth": {"type": "basic", "username": "orion", "password": planted(place)}}

    def http(url: str = refusing, **members: object) -> tuple[str, Json]:
        return "http", {"url": url, "allow_private_urls": True, **members}

    def bearer(token: str) -> Json:
        return {"auth": {"type": "bearer", "token": token}}

    return {
        "bearer": http(**bearer(planted("bearer"))),
        "basic": http(**basic("basic")),
        "apikey": http(auth={"type": "apikey", "header": "x-own", "key": planted("apikey")}),
        "header": http(headers={"x-harmless": planted("header")}),
        "user": http(f"http://orion:{planted('url-user')}@{nowhere}"),
        "query": http(f"http://{nowhere}/?api_key={planted('url-query')}"),
        "variable": http(**bearer("${STOCK_TOKEN}")),
        "file": http(**bearer(f"file:{folder}/token")),
        "path": http(f"{there.url}/redirect/302/${{STOCK_PATH}}?to=/redirect/302/${{STOCK_PATH}}%3Fto=/x", max_redirects=1),
        "postgres": ("db", {"connection_string": f"postgres://orion:{planted('postgres')}@{nowhere}/x"}),
        "postgres-basic": ("db", {"connection_string": f"postgres://{nowhere}/x", **basic("postgres-basic")}),
        "postgres-query": (
            "db", {"connection_string": f"postgres://{nowhere}/x?password={planted('postgres-query')}"}
        ),
        "postgres-http": ("db", {"connection_string": f"postgres://o:{planted('postgres-http')}@{there.url[7:]}/x"}),
        "mysql": ("db", {"connection_string": f"mysql://orion:{planted('mysql')}@{nowhere}/x"}),
        "mongo": ("db", {"connection_string": f"mongodb://orion:{planted('mongo')}@{nowhere}/x"}),
        "mongo-basic": ("db", {"connection_string": f"mongodb://{nowhere}", **basic("mongo-basic")}),
        "sqlite": ("db", {"connection_string": f"sqlite:{folder}/{planted('sqlite')}/x.db"}),
        "redis": ("cache", {"backend": "redis", "url": f"redis://:{planted('redis')}@127.0.0.1:{redis}"}),
        "redis-basic": ("cache", {"backend": "redis", "url": f"redis://127.0.0.1:{redis}", **basic("redis-basic")}),
        "kafka": ("kafka", {"brokers": [nowhere], "topic": "t", **basic("kafka")}),
        "kafka-scram": (
            "kafka",
            {"brokers": [there.url[7:]], "topic": "t", "sasl_mechanism": "SCRAM-SHA-256", **basic("kafka-scram")},
        ),
        "s3": (
            "storage",
            {"provider": "s3", "bucket": "b", "endpoint": refusing, "session_token": planted("session"), **basic("s3")},
        ),
        "gcs": (
            "storage",
            {"provider": "gcs", "bucket": "b", "endpoint": refusing, "service_account_key": gcs_key()},
        ),
    }  # fmt: skip


def gcs_key() -> str:
    return json.dumps({"private_key": planted("gcs"), "client_email": "a@b.example", "private_key_id": "1"})


ASKING: Mapping[str, tuple[str, Json]] = {
    "http": ("http_call", {"path": "/x"}),
    "db": ("db_read", {"query": "SELECT 1", "output": "data.x"}),
    "mongo": ("mongo_read", {"database": "d", "collection": "c"}),
    "cache": ("cache_read", {"key": "k"}),
    "kafka": ("publish_kafka", {"topic": "t"}),
    "storage": ("storage_read", {"path": "a"}),
}


class Shown:
    """Everything that was shown, recorded or sent, by where."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def note(self, where: str, text: str) -> None:
        self._texts[where] = self._texts.get(where, "") + text

    def leaks(self) -> dict[str, set[str]]:
        found = {where: set(PLANTED.findall(text)) for where, text in self._texts.items()}
        return {where: secrets for where, secrets in found.items() if secrets}


class NotingApi(Api):
    """A client that notes every answer."""

    def __init__(self, shown: Shown, base_url: str, **options: Any) -> None:
        super().__init__(base_url, **options)
        self._shown = shown

    def send(self, request: Any, **options: Any) -> Any:
        answer = super().send(request, **options)
        answer.read()
        self._shown.note(f"{request.method} {request.url.path} {answer.status_code}", f"{answer.headers}{answer.text}")
        return answer


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def there() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[int]:
    """A Redis that lets none of our passwords in."""
    port = free_port()
    with redis_server(tmp_path_factory.mktemp("redis"), port, request.config, "--requirepass", "another"):
        yield port


def test_a_planted_secret_is_found_nowhere_else(tmp_path: Path, there: Upstream, redis: int, shown: Shown) -> None:
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        server = stack.enter_context(serving(tmp_path, **settings(tmp_path, collector, redis)))
        api = stack.enter_context(NotingApi(shown, server.url, headers=HEADERS))
        made = configs(tmp_path, there, redis)
        for name, (kind, config) in made.items():
            create(api, name, kind, config)
        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(call, api, name, kind, config) for name, (kind, config) in made.items()]
        channels = [each.result() for each in calls]
        mistake(api, made)
        read(api, channels)
        carry(api)
        command_line(shown, tmp_path, server)
        asyncio.run(assistant(shown, tmp_path, server))
        assert server.stop() == 0, server.log()[-2000:]
        shown.note("the log", server.log())
        shown.note("OTLP", collector.payload().decode("latin-1"))
        for table in metadata.sorted_tables:
            if table.name != "connectors":
                shown.note(f"the table {table.name}", str(server.rows(f"SELECT * FROM {table.name}")))
    assert shown.leaks() == {}
    assert len(collector.spans()) > len(made)
    sent = json.dumps(there.seen)
    for place in ("bearer", "apikey", "header", "variable", "file"):  # they do arrive where they belong
        assert planted(place) in sent


def create(api: Api, name: str, kind: str, config: Json) -> None:
    document = {"id": name, "name": name, "connector_type": kind, "config": {**config, "retry": {"max_retries": 0}}}
    answer = api.post(f"{ADMIN}/connectors", json=document)
    assert answer.status_code == 201, answer.text
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 409


def call(api: Api, name: str, kind: str, config: Json) -> str:
    """Call a connector through a channel, now and later, and try it out. Returns the channel."""
    kind = "mongo" if str(config.get("connection_string")).startswith("mongo") else kind
    function, given = ASKING[kind]
    asking = task("ask", function, {"connector": name, "timeout_ms": 2000, **given})
    channel = api.service(PARSE, asking)
    assert api.call(channel, {"n": 1}, headers=OF_CALLERS).status_code >= 400
    later = api.submit(channel, {"n": 1}, headers=OF_CALLERS)
    assert api.ended(later)["status"] == "failed"
    assert api.post(f"{ADMIN}/connectors/{name}/test").status_code == 200
    return channel


def mistake(api: Api, made: Mapping[str, tuple[str, Json]]) -> None:
    """Every refusal of a document that holds a secret, and a change that is none."""
    for name in ("bearer", "postgres", "redis", "kafka", "s3"):
        kind, config = made[name]
        path = f"{ADMIN}/connectors/{name}"
        wrong: list[Json] = [
            {"config": {**config, "tokn": planted("misspelt")}},
            {"config": {**config, "retry": planted("retry")}},
            {"config": {**config, "auth": planted("auth-as-text")}},
            {"config": {**config, "auth": {"type": "bearer", "token": [planted("token-in-a-list")]}}},
            {"config": {**config, "auth": {"type": "oauth", "client_secret": planted("unknown-auth")}}},
            {"config": json.dumps(config)[:-1]},
            {"config": {**config, "type": "x"}},
        ]
        for each in wrong:
            assert api.put(path, json=each).status_code == 400, each
            document = {"id": "new", "name": "new", "connector_type": kind, **each}
            assert api.post(f"{ADMIN}/connectors", json=document).status_code == 400
            api.post(f"{ADMIN}/connectors/import?dry_run=true", json=[document])
        same = api.get(path).json()["data"]
        assert api.put(path, json={"config": same["config"]}).status_code == 200
    broker = {"brokers": ["${STOCK_BROKER}"], "topic": "t"}
    document = {"id": "b", "name": "b", "connector_type": "kafka", "config": broker}
    assert api.post(f"{ADMIN}/connectors", json=document).status_code == 400
    unreadable = f'{{"config": {{"auth": {{"token": "{planted("broken")}'
    asked = {"content-type": "application/json"}
    assert api.put(f"{ADMIN}/connectors/bearer", content=unreadable, headers=asked).status_code == 400
    for wrong_key in ({"authorization": f"Bearer {planted('wrong-key')}"}, {"authorization": planted("wrong-header")}):
        assert api.get(f"{ADMIN}/workflows", headers=wrong_key).status_code == 401


def read(api: Api, channels: list[str]) -> None:
    """Everything that can be read."""
    for path in (
        "/health", "/metrics", "/docs/", "/api/v1/openapi.json", "/api/v1/schemas/connector.json",
        f"{ADMIN}/connectors?limit=100", f"{ADMIN}/connectors/circuit-breakers", f"{ADMIN}/functions",
        f"{ADMIN}/workflows?limit=100", f"{ADMIN}/channels?limit=100", f"{ADMIN}/engine/status",
        f"{ADMIN}/audit-logs?limit=1000", "/api/v1/data/traces?limit=1000",
        f"{ADMIN}/dlq?limit=1000",
    ):  # fmt: skip
        assert api.get(path).status_code in (200, 503), path
    for channel in channels:
        traces = api.get(f"/api/v1/data/traces?channel={channel}").json()["data"]
        assert traces
        for trace in traces:
            api.get(f"/api/v1/data/traces/{trace['id']}?include=steps,attempts")
    letters = api.get(f"{ADMIN}/dlq?limit=1000").json()["data"]
    assert len(letters) >= len(channels)
    for letter in letters:
        assert api.get(f"{ADMIN}/dlq/{letter['id']}").status_code == 200
    assert api.post(f"{ADMIN}/connectors/reload").status_code == 200


def carry(api: Api) -> None:
    """Exports, bundles and backups, there and back."""
    for kind in ("/workflows", "/channels", "/connectors", ""):
        assert api.get(f"{ADMIN}{kind}/export").status_code == 200
    bundle = api.get(f"{ADMIN}/export").json()
    assert api.post(f"{ADMIN}/import?existing=update", json=bundle).status_code in (200, 207)
    assert api.post(f"{ADMIN}/restore?dry_run=true", json=api.post(f"{ADMIN}/backup").json()).status_code == 200
    sealed = api.post(f"{ADMIN}/backup", json={"passphrase": PASSPHRASE}).json()
    wrong = {**sealed, "passphrase": planted("wrong-passphrase")}
    assert api.post(f"{ADMIN}/restore", json=wrong).status_code == 400
    assert api.post(f"{ADMIN}/restore", json={**sealed, "passphrase": PASSPHRASE}).status_code == 200
    assert api.delete(f"{ADMIN}/connectors/kafka").status_code == 409
    api.post(f"{ADMIN}/backups")


def command_line(shown: Shown, folder: Path, server: Server) -> None:
    cli = Cli(folder, server.url, ORION_API_KEY=ADMIN_KEY, ORION_BACKUP_PASSPHRASE=PASSPHRASE)
    for words in (
        "connectors list", "connectors get bearer", "connectors get basic -o yaml", "connectors get user -o table",
        "connectors test redis", "connectors export", "export", "backup --seal", "audit-logs list", "dlq list",
        "traces list", "engine status", "health", "metrics", "config show",
    ):  # fmt: skip
        ran = cli(*words.split(), code=None)
        assert ran.out, words
        shown.note(f"orion-cli {words}", ran.out + ran.err)
    stored = cli("config", "set-key", given=ADMIN_KEY + "\n", code=None)
    shown.note("orion-cli config set-key", stored.out + stored.err)
    refused = cli("workflows", "list", code=None, ORION_API_KEY=planted("wrong-key"))
    assert refused.code != 0
    shown.note("orion-cli refused", refused.out + refused.err)


async def assistant(shown: Shown, folder: Path, server: Server) -> None:
    environment = Cli(folder, server.url, ORION_API_KEY=ADMIN_KEY).environment
    connector = {"name": "by-mcp", "connector_type": "http", "config": {
        "url": "https://x.example", "auth": {"type": "bearer", "token": planted("mcp-bearer")},
    }}  # fmt: skip
    wrong = {**connector, "config": {"tokn": planted("mcp-misspelt")}}
    async with over_stdio(environment) as client:
        for tool, arguments in (
            ("create_connector", {"connector": connector}), ("create_connector", {"connector": wrong}),
            ("list_connectors", {}), ("engine_status", {}), ("health_check", {}),
        ):  # fmt: skip
            shown.note(f"MCP {tool}", str(await client.call_tool(tool, arguments)))


# --- starts that fail -------------------------------------------------------------------------------------------------

SECRET = planted("setting")
FAILING: list[tuple[str, dict[str, str], str]] = [
    ("a database that is not there", {"ORION_STORAGE__URL": f"postgres://o:{SECRET}@127.0.0.1:9/x"}, ""),
    ("one that speaks MySQL", {"ORION_STORAGE__URL": f"mysql://o:{SECRET}@127.0.0.1:9/x?connect_timeout=1"}, ""),
    ("no address", {"ORION_STORAGE__URL": f"postgres://o:{SECRET}@:port:/x"}, ""),
    ("an address of nothing known", {"ORION_STORAGE__URL": f"oracle://o:{SECRET}@db/x"}, ""),
    ("a word as address", {"ORION_STORAGE__URL": SECRET}, ""),
    ("a cluster's Redis that is none", {"ORION_CLUSTER__REDIS_URL": f"http://:{SECRET}@redis"}, ""),
    ("keys that are no JSON", {"ORION_ADMIN_AUTH__KEYS": f'[{{"name": "a", "key": "{SECRET}"'}, ""),
    ("keys that are misspelt", {"ORION_ADMIN_AUTH__KEYS": f'[{{"name": "a", "kye": "{SECRET}"}}]'}, ""),
    ("keys that are no objects", {"ORION_ADMIN_AUTH__KEYS": SECRET}, ""),
    ("a role that is the key", {"ORION_ADMIN_AUTH__KEYS": f'[{{"name": "a", "key": "x", "role": "{SECRET}"}}]'}, ""),
    ("the same key twice", {"ORION_ADMIN_AUTH__API_KEY": SECRET, "ORION_ADMIN_AUTH__API_KEYS": SECRET}, ""),
    ("a misspelt variable", {"ORION_ADMIN_AUTH__API_KY": SECRET}, ""),
    ("a password without its user", {"ORION_KAFKA__ENABLED": "true", "ORION_KAFKA__PASSWORD": SECRET}, ""),
    ("a file that is not TOML", {}, f"[admin_auth]\napi_key = {SECRET}\n"),
    ("a key of another type", {}, f"[admin_auth]\napi_key = ['{SECRET}']\n"),
    ("a misspelt setting", {}, f"[admin_auth]\napi_kye = '{SECRET}'\n"),
    ("a section that is a text", {}, f"admin_auth = '{SECRET}'\n"),
    ("a key of TLS that is none", {
        "ORION_SERVER__TLS__ENABLED": "true", "ORION_SERVER__TLS__CERT_PATH": "key.pem",
        "ORION_SERVER__TLS__KEY_PATH": "key.pem",
    }, ""),
]  # fmt: skip


@pytest.mark.parametrize(("description", "variables", "text"), FAILING, ids=[row[0] for row in FAILING])
def test_a_start_that_fails_does_not_say_the_secret(
    description: str, variables: dict[str, str], text: str, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n")
    (tmp_path / "orion.toml").write_text(text)
    done = orion("-c", "orion.toml", folder=tmp_path, ORION_INTERPRETED="1", **variables)
    assert done.returncode == 1, done.stdout
    assert "Error: " in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_the_summary_of_settings_holds_no_secret(tmp_path: Path) -> None:
    variables = {
        "ORION_STORAGE__URL": f"postgres://o:{SECRET}@db/x", "ORION_KAFKA__PASSWORD": SECRET,
        "ORION_CLUSTER__REDIS_URL": f"redis://:{SECRET}@redis",
        "ORION_KAFKA__USERNAME": "o", "ORION_ADMIN_AUTH__API_KEY": SECRET,
        "ORION_ADMIN_AUTH__KEYS": f'[{{"name": "a", "key": "another {SECRET}"}}]',
        "ORION_TRACING__OTLP_ENDPOINT": f"http://o:{SECRET}@collector:4317",
    }  # fmt: skip
    done = orion("validate-config", folder=tmp_path, **variables)
    assert (done.returncode, SECRET in done.stdout + done.stderr) == (0, False), done.stdout
