"""Every tool, in an order that does not change. Explicit: nothing registers itself by being imported."""

from collections.abc import Mapping

from orion_cli.mcp import operating_tools, service_tools, workflow_tools
from orion_cli.mcp.tool import Tool

TOOLS: tuple[Tool, ...] = (*workflow_tools.TOOLS, *service_tools.TOOLS, *operating_tools.TOOLS)


def toolbox(*, read_only: bool) -> Mapping[str, Tool]:
    """The tools by name; with `read_only`, only those that change nothing."""
    return {tool.name: tool for tool in TOOLS if tool.read_only or not read_only}
