"""docs/errors.md, from the table of reasons."""

import sys

from orion_server.problem_details.reasons import REASONS, Reason

HEAD = """# Errors

Every refusal, from every layer, has one shape:

```json
{"error": {"code": "BAD_REQUEST", "message": "…", "reason": "invalid_json", "request_id": "…", "retryable": false}}
```

`code` is one of the documented words, `reason` the finer one beside it, `message` for people; `retryable` says whether
the same request may succeed later, and `Retry-After` when. A data request that reached a workflow also has `id` (its
trace), `status: "error"`, `error.task_id`, `error.workflow_id` and `errors`, what was collected so far. A definition
that is refused has `error.problems`: each with `pointer` (RFC 6901), `field`, `message` and, where there is one,
`expected` and `hint`. `x-request-id` stands on every response.

Who asks for `application/problem+json` in `Accept` gets RFC 9457: the same members at the top, beside `type`, `title`,
`status`, `detail` and `instance`, and the `error` object as well. `type` is a path on the server, such as
`/problems/rate-limited`, where a page says what is said here.
"""
TABLE = "\n| status | code | reason | retry | what to do |\n|---|---|---|---|---|\n"


def page() -> str:
    """The whole page."""
    data = [reason for reason in REASONS.values() if reason.plane != "admin"]
    admin = [reason for reason in REASONS.values() if reason.plane != "data"]
    return f"{HEAD}\n## Data requests\n{table(data)}\n## Admin requests\n{table(admin)}"


def table(reasons: list[Reason]) -> str:
    """A row for each reason."""
    rows = (
        f"| {each.status} | `{each.code}` | `{each.word}` | {'yes' if each.retryable else 'no'} | {each.advice} |\n"
        for each in reasons
    )
    return TABLE + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
