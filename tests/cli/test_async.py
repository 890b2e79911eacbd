"""Requests nobody waits for: handed in, waited for, failed, worked on again, given up."""

import json
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.cli.running import PROGRAM, Cli, channel_for, eventually, greeting, saying
from tests.http.api import unique

TASKS: list[Mapping[str, Any]] = [
    {"id": "parse", "function": {"name": "parse_json", "input": {"source": "payload", "target": "in"}}},
    {"id": "check", "function": {"name": "validation", "input": {
        "rules": [{"logic": {"var": "data.in.fine"}, "message": "not fine"}], "on_failure": "reject"}}},
]  # fmt: skip


@pytest.fixture
def channel(cli: Cli) -> str:
    """A channel that takes what is fine and fails on the rest."""
    workflow, name = unique("w"), unique("c")
    cli.write("d/w.json", {**greeting(workflow), "tasks": TASKS})
    cli.write("d/c.json", channel_for(workflow, name))
    cli("apply", "-f", "d")
    return name


def test_a_request_is_handed_in_and_waited_for(cli: Cli, channel: str) -> None:
    trace = cli("send", channel, "-d", '{"data": {"fine": true}}', "--async", "-q").out.strip()
    waited = cli("traces", "wait", trace, "--timeout", "20")
    assert waited.json["status"] == "completed"
    ran = cli("send", channel, "-d", '{"data": {"fine": true}}', "--wait")
    assert ran.json["status"] == "completed"
    assert "Waiting for trace" in ran.err
    steps = cli("traces", "get", trace, "--steps").json["steps"]
    assert [step["task_id"] for step in steps] == ["parse", "check"]


def test_waiting_ends_as_the_documents_say(cli: Cli, channel: str) -> None:
    """0 completed, 1 failed, 2 not in time."""
    failed = cli("send", channel, "-d", '{"data": {}}', "--wait", "-q", code=1)
    trace = failed.out.strip()
    assert cli("traces", "wait", trace, code=1).json["status"] == "failed"
    assert "not fine" in cli("traces", "wait", trace, code=1).err


def test_a_trace_that_does_not_end_in_time_is_two(cli: Cli) -> None:
    with saying(b'{"id": "t", "status": "pending"}') as url:
        assert "is pending after 0.2 s" in cli("traces", "wait", "t", "--timeout", "0.2", "--server", url, code=2).err


def test_dead_letters_are_listed_retried_and_discarded(cli: Cli, channel: str) -> None:
    cli("send", channel, "-d", '{"data": {}}', "--wait", code=1)

    def letters() -> list[Any]:
        return [row for row in cli("dlq", "list", "--channel", channel).json if row["status"] != "retrying"]

    first = eventually(letters)[0]
    assert cli("dlq", "get", first["id"]).json["channel"] == channel
    assert first["id"] in cli("dlq", "list", "--channel", channel, "-o", "table").out
    assert cli("dlq", "retry", first["id"]).json == {"retried": 1, "skipped": 0}
    eventually(letters)
    assert "--yes" in cli("dlq", "discard", "--channel", channel, code=2).err
    assert cli("dlq", "discard", "--channel", channel, "--yes").json["discarded"] == 1
    assert cli("dlq", "list", "--channel", channel).json == []
    cli("dlq", "delete", first["id"], "--yes", code=3)
    for choice in ((), ("x", "--all"), ("--all", "--channel", channel, "x")):
        cli("dlq", "retry", *choice, code=2)


def test_traces_are_followed_as_they_come(cli: Cli, channel: str) -> None:
    sent = [cli("send", channel, "-d", '{"data": {"fine": true}}', "-q").out.strip() for _ in range(3)]
    seen = cli("traces", "tail", "--channel", channel, "--count", "3").out.splitlines()
    assert sorted(json.loads(line)["id"] for line in seen) == sorted(sent)


def test_what_was_before_is_not_told_as_new(cli: Cli, channel: str) -> None:
    """Of the past it shows as many as it is asked to, and what comes after."""
    old = [cli("send", channel, "-d", '{"data": {"fine": true}}', "-q").out.strip() for _ in range(3)]
    eventually(lambda: len(cli("traces", "list", "--channel", channel).json) == 3)
    with subprocess.Popen(
        [PROGRAM, "traces", "tail", "--channel", channel, "-n", "1", "--count", "2", "-q"],
        env=cli.environment, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().strip() == old[-1]
        new = cli("send", channel, "-d", '{"data": {"fine": true}}', "-q").out.strip()
        assert process.stdout.read().split() == [new]


def test_an_interrupt_ends_with_130(cli: Cli) -> None:
    with subprocess.Popen(
        [PROGRAM, "traces", "tail", "-n", "0"],
        env=cli.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        try:
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in err


def heed_interrupts() -> None:
    """As at a terminal; what a shell starts in the background ignores them, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
