"""Operators in a MongoDB filter are the workflow's own: data cannot bring one, however it is nested."""

import pytest

from orion_core.functions.mongo import refuse_operators

VAR = {"var": "data.in"}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({"name": VAR, "password": VAR}, {"name": "ada", "password": {"plain": 1}}),
        ({"n": {"$gt": VAR}}, {"n": {"$gt": 5}}),
        ({"$or": [{"a": VAR}, {"b": {"$in": VAR}}]}, {"$or": [{"a": 1}, {"b": {"$in": [1, 2]}}]}),
        ({"_id": VAR}, {"_id": {"$oid": "507f1f77bcf86cd799439011"}}),
        ({"at": {"$lt": VAR}}, {"at": {"$lt": {"$date": "2026-01-01T00:00:00Z"}}}),
        (VAR, {"a": 1}),
    ],
)
def test_what_may_be_sent(template: object, value: object) -> None:
    assert refuse_operators(template, value) is None


@pytest.mark.parametrize(
    ("template", "value", "operator"),
    [
        ({"name": VAR, "password": VAR}, {"name": "ada", "password": {"$ne": None}}, "$ne"),
        ({"a": VAR}, {"a": {"b": [{"$where": "sleep(1)"}]}}, "$where"),
        ({"a": VAR}, {"a": {"var": {"$ne": 1}}}, "$ne"),
        (VAR, {"$or": [{}]}, "$or"),
        ({"$or": VAR}, {"$or": [{"a": {"$exists": True}}]}, "$exists"),
        ({"n": {"$gt": VAR}}, {"n": {"$gt": {"$function": {}}}}, "$function"),
        ({"a": VAR}, {"a": {"$oid": "x", "$ne": 1}}, "$oid"),
        ({"a": [VAR]}, {"a": [{"$gt": ""}]}, "$gt"),
        ({"a": [VAR]}, {"a": [1, {"$gt": ""}]}, "$gt"),
    ],
)
def test_what_may_not(template: object, value: object, operator: str) -> None:
    assert refuse_operators(template, value) == operator
