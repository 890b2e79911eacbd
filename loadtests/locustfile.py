"""Mixed traffic for locust: `locust -f loadtests/locustfile.py --host http://localhost:8080`.

Each user makes a service of its own when it starts, then mostly sends orders, sometimes bad ones, and now and then
reads what an operator would.
"""

import uuid

from locust import FastHttpUser, between, events, task
from scenarios import FOUR

ADMIN = "/api/v1/admin"


class Shop(FastHttpUser):
    """Sends orders to a channel of its own."""

    wait_time = between(0.001, 0.01)

    def on_start(self) -> None:
        self.channel = f"load-{uuid.uuid4()}"
        workflow = {"workflow_id": self.channel, "name": self.channel, "tasks": FOUR}
        self.client.post(f"{ADMIN}/workflows", json=workflow)
        self.client.patch(f"{ADMIN}/workflows/{self.channel}/status", json={"status": "active"}, name="activate")
        channel = {"channel_id": self.channel, "name": self.channel, "channel_type": "sync", "protocol": "http",
                   "workflow_id": self.channel}  # fmt: skip
        self.client.post(f"{ADMIN}/channels", json=channel)
        self.client.patch(f"{ADMIN}/channels/{self.channel}/status", json={"status": "active"}, name="activate")

    @task(100)
    def order(self) -> None:
        body = {"data": {"order_id": "ORD-1", "total": 25000}}
        self.client.post(f"/api/v1/data/{self.channel}", json=body, name="order")

    @task(5)
    def broken_order(self) -> None:
        with self.client.post(
            f"/api/v1/data/{self.channel}", data="{", headers={"content-type": "application/json"},
            name="broken order", catch_response=True,
        ) as answer:  # fmt: skip
            if answer.status_code == 400:
                answer.success()

    @task(2)
    def read(self) -> None:
        self.client.get("/api/v1/data/traces?limit=10", name="traces")
        self.client.get(f"{ADMIN}/engine/status", name="status")
        self.client.get("/health")


@events.quitting.add_listener
def fail_on_errors(environment: object, **_: object) -> None:
    """The process says by its exit code whether anything failed."""
    failures = environment.stats.total.num_failures  # type: ignore[attr-defined] # locust's own
    environment.process_exit_code = 1 if failures else 0  # type: ignore[attr-defined] # as above
