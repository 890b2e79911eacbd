"""The files an operator starts from: they name settings, paths and metrics that exist, and their tools accept them."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orion_server.settings.environment import variables
from tests.services import needed

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
TEXTS = [path for path in sorted([*DEPLOY.rglob("*"), ROOT / "Dockerfile"]) if path.is_file()]
YAMLS = [path for path in TEXTS if path.suffix == ".yaml"]
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
# The documented names of what is counted, and those of every process.
METRICS = frozenset({
    "messages_total", "message_duration_seconds", "active_workflows", "errors_total", "http_requests_total",
    "http_request_duration_seconds", "db_query_duration_seconds", "engine_reloads_total",
    "engine_reload_duration_seconds", "circuit_breaker_trips_total", "circuit_breaker_rejections_total",
    "channel_executions_total", "rate_limit_rejections_total", "trace_queue_depth", "trace_queue_memory_bytes",
    "trace_workers_active", "trace_workers_total", "kafka_consumer_lag", "process_cpu_seconds_total",
    "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds", "up",
})  # fmt: skip


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {*variables(), *(f"{name}_FILE" for name in variables())}
    own = {"ORION_ADMIN_KEY"}  # of the compose file, for its user to set
    named = set(re.findall(r"ORION_[A-Z_]*[A-Z]", path.read_text()))
    assert named <= known | own


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.name)
def test_a_yaml_file_is_one(path: Path) -> None:
    assert all(list(yaml.safe_load_all(path.read_text())))


@pytest.mark.parametrize("name", ["compose.sqlite.yaml", "compose.cluster.yaml"])
def test_a_compose_file_names_what_it_has(name: str) -> None:
    document = yaml.safe_load((DEPLOY / name).read_text())
    services = document["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        volumes = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert volumes <= set(document.get("volumes", ()))
        assert {config["source"] for config in service.get("configs", ())} <= set(document.get("configs", ()))


def test_the_proxy_of_the_cluster_is_read_by_nginx(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    document = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text())
    server = document["configs"]["proxy"]["content"].replace("$$", "$")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{server}\n}}\n"
    )
    nginx = needed("nginx", pytestconfig)
    done = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_kubernetes_asks_paths_that_answer_and_waits_long_enough() -> None:
    documents = {each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes" / "orion.yaml").read_text())}
    pod = documents["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    probes = {name: container[name]["httpGet"]["path"] for name in ("livenessProbe", "startupProbe", "readinessProbe")}
    assert probes == {"livenessProbe": "/healthz", "startupProbe": "/readyz", "readinessProbe": "/readyz"}
    assert pod["terminationGracePeriodSeconds"] >= 30 + 30 + 5
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    labels = documents["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert documents["Service"]["spec"]["selector"] == labels
    assert documents["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels


def test_systemd_reads_the_unit(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    program = needed("systemd-analyze", pytestconfig)
    text = (DEPLOY / "systemd" / "orion.service").read_text()
    assert "Type=notify" in text
    (tmp_path / "orion.service").write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    done = subprocess.run([program, "verify", str(tmp_path / "orion.service")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [("check", "alerts.yaml"), ("test", "alerts.test.yaml")], ids=lambda pair: pair[0])
def test_prometheus_reads_the_alerts_and_they_fire_when_they_should(
    command: tuple[str, str], pytestconfig: pytest.Config
) -> None:
    promtool = needed("promtool", pytestconfig)
    verb, name = command
    done = subprocess.run([promtool, verb, "rules", name], cwd=ALERTS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def dashboard() -> dict[str, Any]:
    return dict(json.loads((DEPLOY / "grafana" / "orion.json").read_text()))


def expressions() -> Iterator[str]:
    for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]:
        yield rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m").replace("$job", "orion")


def test_the_dashboard_s_panels_have_places_and_ids_of_their_own() -> None:
    panels = dashboard()["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)


def test_every_expression_is_promql(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rules = [{"record": f"e{number}", "expr": each} for number, each in enumerate(expressions())]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    done = subprocess.run(
        [needed("promtool", pytestconfig), "check", "rules", str(tmp_path / "rules.yaml")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_is_named_is_a_documented_one() -> None:
    for each in expressions():
        for name in re.findall(r"([a-z_]+)\{", each):
            assert re.sub(r"_bucket$", "", name) in METRICS, name
