"""Results as JUnit XML, which CI systems show. Knows no file.

The form of the Apache Ant task, as Jenkins, GitLab and GitHub's actions read it.
"""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from orion_cli.offline.running import Result

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def junit(results: Sequence[Result]) -> str:
    """One suite of all results."""
    failed = sum(not result.passed for result in results)
    counts = f'tests="{len(results)}" failures="{failed}" errors="0" skipped="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="orion" {counts}>']
    lines.append(f'  <testsuite name="orion" {counts}>')
    lines += [line for result in results for line in _case(result)]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _case(result: Result) -> list[str]:
    case = result.case
    name, owner, file = (_quoted(text) for text in (case.name, case.definition.workflow_id, case.document.source.name))
    opening = f"    <testcase classname={owner} name={name} file={file}"
    if result.passed:
        return [opening + "/>"]
    text = "\n".join(result.differences)
    return [
        opening + ">",
        f"      <failure message={_quoted(result.differences[0].splitlines()[0])}>{_escaped(text)}</failure>",
        "    </testcase>",
    ]


def _quoted(text: str) -> str:
    return quoteattr(_UNWRITABLE.sub("\ufffd", text))


def _escaped(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
