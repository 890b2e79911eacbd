"""Who may read the numbers, and when there are any."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.http.api import Api
from tests.http.servers import serving

KEYED = {"ORION_ADMIN_AUTH__ENABLED": "true", "ORION_ADMIN_AUTH__API_KEY": "letmein"}
ON = {"ORION_METRICS__ENABLED": "true"}
KEY = {"Authorization": "Bearer letmein"}


def test_off_they_are_not_there(api: Api) -> None:
    answer = api.get("/metrics")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (404, "unknown_path")
    assert "metrics.enabled" in answer.json()["error"]["message"]


CALLERS = [("asks for a key", "false", 401), ("is public", "true", 200)]


@pytest.mark.parametrize(("public", "status"), [case[1:] for case in CALLERS], ids=[case[0] for case in CALLERS])
def test_the_page(tmp_path: Path, public: str, status: int) -> None:
    with serving(tmp_path, **ON, **KEYED, ORION_METRICS__PUBLIC=public) as server:
        assert httpx.get(f"{server.url}/metrics").status_code == status
        answer = httpx.get(f"{server.url}/metrics", headers=KEY)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        shown = {family.name: family.samples[0].value for family in families(answer.text) if family.samples}
        assert shown["process_resident_memory_bytes"] > 0
        assert (shown["trace_queue_depth"], shown["trace_workers_active"], shown["trace_workers_total"]) == (0, 0, 4)
        assert shown["trace_queue_memory_bytes"] == 0
        head = httpx.head(f"{server.url}/metrics", headers=KEY)
        assert (head.status_code, head.content) == (200, b"")
        posted = httpx.post(f"{server.url}/metrics", headers=KEY)
        assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
        assert httpx.get(f"{server.url}/api/v1/admin/workflows").status_code == 401


def families(text: str) -> list[Metric]:
    return list(text_string_to_metric_families(text))
