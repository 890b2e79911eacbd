"""What a configuration file and the environment are read as, and how their mistakes are told."""

from pathlib import Path

import pytest

from orion_server.settings import Settings, SettingsError, load
from orion_server.settings.document import example, page
from orion_server.settings.lines import key_lines, line_of

# description, TOML, what each problem must say in this order of lines: (line, words of it)
REFUSED_FILES = [
    ("an unknown key is told with its line and a suggestion", "[server]\nprot = 1\n", [(2, "server.prot", "port")]),
    ("an unknown table as well", "\n[sever]\nport = 1\n", [(2, "sever", "server")]),
    ("every problem at once", "[server]\nport = 'x'\nhost = 3\n", [(2, "server.port", ""), (3, "server.host", "")]),
    ("a number out of range", "[server]\nport = 0\n", [(2, "server.port", "1")]),
    ("a port beyond 65535", "server.port = 65536\n", [(1, "server.port", "65535")]),
    ("true is no number", "[engine.limits]\nmax_depth = true\n", [(2, "engine.limits.max_depth", "")]),
    ("a depth the core cannot walk", "[engine.limits]\nmax_depth = 201\n", [(2, "engine.limits.max_depth", "200")]),
    ("a value where a table belongs", "server = 3\n", [(1, "server", "")]),
    ("a rate above one", "[tracing]\nsample_rate = 2.5\n", [(2, "tracing.sample_rate", "1")]),
    ("a rate that is no number", "[tracing]\nsample_rate = nan\n", [(2, "tracing.sample_rate", "")]),
    ("a share above one", "[traces]\nsync = 1.5\n", [(2, "traces.sync", "'errors', 'none', number from 0 to 1")]),
    ("a word that is no share", "[traces]\nsync = 'half'\n", [(2, "traces.sync", "number from 0 to 1")]),
    ("a level there is not", "[logging]\nlevel = 'loud'\n", [(2, "logging.level", "info")]),
    ("a host that is a name", "[server]\nhost = 'localhost'\n", [(2, "server.host", "IP address")]),
    ("a network with host bits", "[server]\ntrusted_proxies = ['10.0.0.1/8']\n", [(2, "server.trusted_proxies", "")]),
    ("a database of another kind", "[storage]\nurl = 'oracle://h/db'\n", [(2, "storage.url", "Unsupported")]),
    ("a database without a name", "[storage]\nurl = 'postgres://h'\n", [(2, "storage.url", "no database")]),
    ("authentication without a key", "[admin_auth]\nenabled = true\n", [(1, "admin_auth", "key")]),
    ("a broker without a port", "[kafka]\nenabled = true\nbrokers = ['x']\n", [(3, "kafka.brokers", "host:port")]),
    ("assistants without a key", "[mcp]\nenabled = true\n", [(2, "mcp.enabled", "admin_auth.enabled")]),
    ("pages of everybody", "[mcp]\nallowed_origins = ['*']\n", [(2, "mcp.allowed_origins", "must name origins")]),
    ("an origin with a path", "[mcp]\nallowed_origins = ['https://a/b']\n", [(2, "mcp.allowed_origins", "expected")]),
    ("an address for a name", "[mcp]\nallowed_hosts = ['https://a']\n", [(2, "mcp.allowed_hosts", "orion.example")]),
    ("text that is not TOML", "[server]\nport = \n", [(None, "", "line 2")]),
    (
        "a member of the second topic",
        "[[kafka.topics]]\ntopic = 'a'\nchannel = 'b'\n[[kafka.topics]]\ntopic = 'c'\nchannel = 'd'\nchanel = 'e'\n",
        [(7, "kafka.topics", "chanel")],
    ),
]  # fmt: skip

REFUSED_VARIABLES = [
    ("a port that is no number", {"ORION_SERVER__PORT": "x"}),
    ("an empty port", {"ORION_SERVER__PORT": ""}),
    ("a boolean in capitals", {"ORION_METRICS__ENABLED": "True"}),
    ("a name with a typing mistake", {"ORION_SERVER__PROT": "1"}),
    ("the name of a table", {"ORION_SERVER__TLS": "1"}),
    ("an array that is cut off", {"ORION_KAFKA__BROKERS": "["}),
    ("an array with a number in it", {"ORION_KAFKA__BROKERS": '["a:1", 2]'}),
    ("a level there is not", {"ORION_LOG": "orion_io=loud"}),
    ("a share that is none", {"ORION_TRACES__SYNC": "nan"}),
    ("a file that is not there", {"ORION_ADMIN_AUTH__API_KEY_FILE": "/nowhere/key"}),
]

READ_VARIABLES = [
    ("a number", {"ORION_SERVER__PORT": "9090"}, lambda read: read.server.port, 9090),
    ("a boolean", {"ORION_METRICS__ENABLED": "true"}, lambda read: read.metrics.enabled, True),
    ("a share", {"ORION_TRACING__SAMPLE_RATE": "0.5"}, lambda read: read.tracing.sample_rate, 0.5),
    ("a share beside words", {"ORION_TRACES__SYNC": "0.1"}, lambda read: read.traces.sync, 0.1),
    ("a whole share", {"ORION_TRACES__SYNC": "1"}, lambda read: read.traces.sync, 1.0),
    ("a word beside shares", {"ORION_TRACES__SYNC": "errors"}, lambda read: read.traces.sync, "errors"),
    ("levels", {"ORION_LOG": "orion_io.queue=debug,WARN"}, lambda read: read.logging.level, "orion_io.queue=debug,WARN"),
    ("a text", {"ORION_STORAGE__URL": "sqlite::memory:"}, lambda read: read.storage.url, "sqlite::memory:"),
    ("a list", {"ORION_KAFKA__BROKERS": " a:1 , b:2,,"}, lambda read: [*read.kafka.brokers], ["a:1", "b:2"]),
    ("a JSON list", {"ORION_KAFKA__BROKERS": '["a:1"]'}, lambda read: [*read.kafka.brokers], ["a:1"]),
    ("tables", {"ORION_KAFKA__TOPICS": '[{"topic":"a","channel":"b"}]'}, lambda read: len(read.kafka.topics), 1),
    ("a nested key", {"ORION_ENGINE__LIMITS__MAX_DEPTH": "9"}, lambda read: read.engine.limits.max_depth, 9),
    ("the alias", {"ORION_ENV": "staging"}, lambda read: read.environment, "staging"),
    ("nobody's", {"ORION_URL": "x", "ORION_SERVER_PORT": "1"}, lambda read: read.server.port, 8080),
]  # fmt: skip

DOCUMENTED = [
    ("server.host", "0.0.0.0"), ("server.port", 8080), ("server.shutdown_drain_secs", 30),
    ("storage.url", "sqlite:orion.db"), ("storage.max_connections", 25), ("storage.min_connections", 5),
    ("storage.busy_timeout_ms", 5000), ("storage.acquire_timeout_secs", 5), ("storage.idle_timeout_secs", 0),
    ("ingest.max_payload_size", 1048576), ("engine.max_channel_call_depth", 10), ("queue.workers", 4),
    ("rate_limit.default_rps", 100), ("rate_limit.default_burst", 50), ("admin_auth.header", "Authorization"),
    ("kafka.group_id", "orion"), ("logging.level", "info"), ("logging.format", "pretty"),
    ("tracing.otlp_endpoint", "http://localhost:4317"), ("tracing.sample_rate", 1.0),
    ("engine.limits.max_depth", 64), ("traces.sync", "all"), ("traces.queue_rows", 20000),
]  # fmt: skip

ROOT = Path(__file__).parent.parent.parent
GENERATED = [("docs/configuration.md", page), ("orion.example.toml", example)]

WALKED = """# a comment with [brackets] = and "quotes"
environment = "dev" # here too
server.port = 1
"a.b".'c' = {x = 1, y.z = [1,
  2, {q = '''
 ]} ''', r = 2}]}
[kafka]
brokers = [
  "a:1", # ]
  'b:2'
]
[[kafka.topics]]
topic = "x"
[[ kafka . topics ]]
[kafka.topics.sub]
k = 2020-01-01 10:00:00"""

PLACES = [
    (("environment",), 2), (("server",), 3), (("server", "port"), 3), (("a.b", "c", "y", "z", "1"), 5),
    (("a.b", "c", "y", "z", "2", "r"), 6), (("kafka", "brokers", "1"), 10), (("kafka", "topics", "0", "topic"), 13),
    (("kafka", "topics", "1"), 14), (("kafka", "topics", "1", "sub", "k"), 16), (("kafka", "enabled"), 7),
    (("metrics", "enabled"), None),
]  # fmt: skip


def written(folder: Path, text: str) -> Path:
    path = folder / "orion.toml"
    path.write_text(text, encoding="utf-8")
    return path


def at(settings: Settings, key: str) -> object:
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(("key", "value"), DOCUMENTED)
def test_a_default_is_the_documented_one(key, value):
    assert at(load(None, {}), key) == value


@pytest.mark.parametrize(("description", "text", "expected"), REFUSED_FILES, ids=[row[0] for row in REFUSED_FILES])
def test_a_file_is_refused_with_the_line_of_each_mistake(description, text, expected, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as refusal:
        load(path, {})
    told = [str(problem) for problem in refusal.value.problems]
    assert len(told) == len(expected)
    for line, key, word in expected:
        place = f"{path}:{line}: {key}" if line else str(path)
        assert any(each.startswith(place) and word in each for each in told), told


@pytest.mark.parametrize(("description", "environ"), REFUSED_VARIABLES, ids=[row[0] for row in REFUSED_VARIABLES])
def test_a_variable_is_refused_by_its_name(description, environ):
    with pytest.raises(SettingsError) as refusal:
        load(None, environ)
    assert [problem.source for problem in refusal.value.problems] == list(environ)


@pytest.mark.parametrize(
    ("description", "environ", "read", "value"), READ_VARIABLES, ids=[row[0] for row in READ_VARIABLES]
)
def test_a_variable_is_read_as_its_setting_says(description, environ, read, value):
    assert read(load(None, environ)) == value


def test_a_variable_wins_over_the_file(tmp_path):
    assert load(written(tmp_path, "[server]\nport = 1\n"), {"ORION_SERVER__PORT": "2"}).server.port == 2


def test_a_secret_is_read_from_a_file(tmp_path):
    (tmp_path / "key").write_text("topsecret\n", encoding="utf-8")
    settings = load(None, {"ORION_ADMIN_AUTH__API_KEY_FILE": str(tmp_path / "key")})
    assert settings.admin_auth.api_key == "topsecret"


@pytest.mark.parametrize("environment", ["prod", "Production"])
def test_production_asks_for_authentication_and_named_origins(environment):
    with pytest.raises(SettingsError) as refusal:
        load(None, {"ORION_ENV": environment})
    told = str(refusal.value)
    assert "admin_auth.enabled" in told
    assert "cors.allowed_origins" in told


def test_a_certificate_that_is_none_is_told(tmp_path):
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("", encoding="utf-8")
    paths = {f"ORION_SERVER__TLS__{name.upper()}_PATH": str(tmp_path / f"{name}.pem") for name in ("cert", "key")}
    with pytest.raises(SettingsError, match="cannot be used"):
        load(None, {"ORION_SERVER__TLS__ENABLED": "true", **paths})


@pytest.mark.parametrize("text", ["[admin_auth]\napi_keys = 'topsecret'\n", "admin_auth = 'topsecret'\n"])
def test_no_problem_repeats_a_secret(text, tmp_path):
    with pytest.raises(SettingsError) as refusal:
        load(written(tmp_path, text), {})
    assert "topsecret" not in str(refusal.value)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(SettingsError) as refusal:
        load(None, {"ORION_STORAGE__URL": "postgres://user:p@ss@host/db"})
    assert "p@ss" not in str(refusal.value)


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_a_key_is_found_on_its_line(path, line):
    assert line_of(path, key_lines(WALKED)) == line


@pytest.mark.parametrize(("place", "generate"), GENERATED, ids=[row[0] for row in GENERATED])
def test_a_generated_file_is_as_the_declaration_says(place, generate):
    text = (ROOT / place).read_text(encoding="utf-8")
    assert text == generate(), f"{place} is stale: python -m orion_server.settings.document [--example]"


def test_the_example_changes_nothing():
    assert load(ROOT / "orion.example.toml", {}) == Settings()
