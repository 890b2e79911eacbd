"""Which channel gets which topic, as a member of which group."""

from typing import Any

import pytest

from orion_io.kafka.subscriptions import plan_of
from tests.kafka.consuming import channel, snapshot

A = ("a", "t")
# description, topics of the settings, channels, who gets each topic by group, words of what is said of the others
PLANS: list[tuple[str, Any, Any, Any, list[str]]] = [
    ("nobody consumes", [], [channel("a", None)], {}, []),
    ("a channel says its topic", [], [channel("a", "t")], {"orion": {"t": "a"}}, []),
    ("the settings say it", [("t", "a")], [channel("a", None)], {"orion": {"t": "a"}}, []),
    ("both say the same", [("t", "a")], [channel("a", "t")], {"orion": {"t": "a"}}, []),
    ("both, of two topics", [("t", "a")], [channel("a", "u")], {"orion": {"t": "a", "u": "a"}}, []),
    (
        "the settings win",
        [("t", "a")],
        [channel("a", None), channel("b", "t", priority=9)],
        {"orion": {"t": "a"}},
        ["'b'"],
    ),
    (
        "among channels priority wins",
        [],
        [channel("a", "t"), channel("b", "t", priority=1)],
        {"orion": {"t": "b"}},
        ["'a'"],
    ),
    (
        "then the id",
        [],
        [channel("a", "t", id="2"), channel("b", "t", id="1"), channel("c", "t", id="3")],
        {"orion": {"t": "b"}},
        ["'a'", "'c'"],
    ),
    (
        "groups do not disturb each other",
        [],
        [channel("a", "t"), channel("b", "t", consumer_group="g")],
        {"orion": {"t": "a"}, "g": {"t": "b"}},
        [],
    ),
    (
        "the channel's group counts for the settings' topics",
        [("t", "a")],
        [channel("a", None, consumer_group="g"), channel("b", "t")],
        {"orion": {"t": "b"}, "g": {"t": "a"}},
        [],
    ),
]


@pytest.mark.parametrize(
    ("description", "configured", "channels", "expected", "said"), PLANS, ids=[row[0] for row in PLANS]
)
def test_plans(description: str, configured: Any, channels: Any, expected: Any, said: list[str]) -> None:
    plan = plan_of(configured, snapshot(*channels), "orion")
    found = {group: {topic: each.channel for topic, each in topics.items()} for group, topics in plan.groups.items()}
    assert found == expected
    assert len(plan.passed_over) == len(said)
    assert all(word in sentence for word, sentence in zip(said, plan.passed_over, strict=True))


def test_a_topic_whose_channel_is_missing_is_held() -> None:
    target = plan_of([("t", "a")], snapshot(), "orion").groups["orion"]["t"]
    assert target.held == "there is no active channel 'a'"


def test_a_topic_whose_channel_cannot_run_is_held() -> None:
    target = plan_of([], snapshot(channel("a", "t", fault="why")), "orion").groups["orion"]["t"]
    assert target.held is not None
    assert "why" in target.held


def test_a_target_knows_its_channel() -> None:
    target = plan_of([], snapshot(channel("a", "t", ordered=True)), "orion").groups["orion"]["t"]
    assert (target.channel, target.channel_id, target.ordered, target.held) == ("a", "a-id", True, None)
