"""The documented envelopes of successful answers, and what lists read of their query. Knows no resource."""

from collections.abc import Mapping, Sequence
from typing import Any

from orion_core import Problem
from orion_io.storage import Page, Sort
from orion_server.admin.views import View, problem_view
from orion_server.exchange import Answer, json_answer


def data_answer(view: View, warnings: Sequence[Problem] = (), status: int = 200) -> Answer:
    """`{"data": …}`, with what is doubtful beside it when there is something."""
    body: dict[str, object] = {"data": view}
    if warnings:
        body["warnings"] = [problem_view(problem) for problem in warnings]
    return json_answer(body, status)


def list_answer(views: Sequence[View], total: int, page: Page) -> Answer:
    """`{"data": […], "total", "limit", "offset"}`; limit and offset are those in effect."""
    return json_answer({"data": views, "total": total, "limit": page.limit, "offset": page.offset})


def pages_answer(views: Sequence[View], total: int, page: Page, next_cursor: str | None) -> Answer:
    """The same, with the cursor of the page after this one; null at the end."""
    place = {"total": total, "limit": page.limit, "offset": page.offset, "next_cursor": next_cursor}
    return json_answer({"data": views, **place})


def page_of(query: Mapping[str, Any]) -> Page:  # integers, as the parameters `limit` and `offset` say
    """The part of the list that is asked for."""
    return Page(query["limit"], query["offset"])


def sort_of(query: Mapping[str, Any]) -> Sort:  # texts, as the parameters `sort_by` and `sort_order` say
    """The order that is asked for."""
    return Sort(query["sort_by"], query["sort_order"] != "asc")
