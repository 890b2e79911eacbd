"""`/problems/{reason}`: what an error means and what to do about it, for whoever follows a problem's `type`."""

import re
from html import escape

from orion_server.exchange import Answer, Call, Refusal, json_answer
from orion_server.problem_details.reasons import REASONS, Reason

ROOT = "/problems/"
DAY = (("cache-control", "public, max-age=86400"),)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>HTTP {status} · <code>{code}</code> · <code>{word}</code></p>
<p>{advice}</p>
<p>{retry}</p>
</body>
</html>
"""


class ProblemPages:
    """Answers for every reason there is."""

    async def answer(self, call: Call) -> Answer:
        """Answer a call below `/problems/`; JSON when that is asked for.

        Raises:
            Refusal: 404, no error has that reason; 405.
        """
        if call.method not in ("GET", "HEAD"):
            text = f"{call.method} is not answered here; allowed: GET, HEAD"
            raise Refusal(405, "METHOD_NOT_ALLOWED", text, "method_not_allowed", headers=(("allow", "GET, HEAD"),))
        reason = REASONS.get(call.path.removeprefix(ROOT).replace("-", "_"))
        if reason is None:
            raise Refusal(
                404, "NOT_FOUND", f"No error has the reason '{call.path.removeprefix(ROOT)[:64]}'", "not_found"
            )
        if "json" in call.headers.get("accept", ""):
            return json_answer(described(reason), headers=DAY)
        return Answer(200, page(reason).encode(), DAY, "text/html; charset=utf-8")


def described(reason: Reason) -> dict[str, object]:
    """A reason for machines."""
    return {
        "type": reason.path, "title": reason.title, "status": reason.status, "code": reason.code,
        "reason": reason.word, "retryable": reason.retryable, "advice": reason.advice,
    }  # fmt: skip


def page(reason: Reason) -> str:
    """A reason for people."""
    advice = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(reason.advice, quote=False))
    retry = "The same request may succeed later." if reason.retryable else "The same request will fail again."
    return PAGE.format(
        title=escape(reason.title), status=reason.status, code=reason.code, word=reason.word, advice=advice, retry=retry
    )
