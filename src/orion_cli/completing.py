"""Ids and names for the shell to complete, from the server and the configuration. Never complains."""

import os

import typer

from orion_cli.api_paths import ADMIN, DATA
from orion_cli.config import config_path, read_configuration
from orion_cli.failures import CommandFailed
from orion_cli.session import Wishes, session_of

PATIENCE = 1.5  # seconds; who types does not wait longer
MOST = 200


def workflows(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of workflows."""
    return _rows(context, f"{ADMIN}/workflows", "workflow_id", "name", incomplete)


def channels(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of channels."""
    return _rows(context, f"{ADMIN}/channels", "channel_id", "name", incomplete)


def channel_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of channels, as requests use them."""
    return _rows(context, f"{ADMIN}/channels", "name", "description", incomplete)


def connectors(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of connectors."""
    return _rows(context, f"{ADMIN}/connectors", "id", "name", incomplete)


def functions(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of functions."""
    return _rows(context, f"{ADMIN}/functions", "name", "description", incomplete)


def traces(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of the newest traces."""
    return _rows(context, f"{DATA}/traces", "id", "channel", incomplete)


def dead_letters(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Ids of dead letters."""
    return _rows(context, f"{ADMIN}/dlq", "id", "channel", incomplete)


def contexts(_context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of contexts."""
    try:
        known = read_configuration(config_path(os.environ)).contexts
    except CommandFailed:
        return []
    return [(name, members.get("server", "")) for name, members in known.items() if name.startswith(incomplete)]


def _rows(context: typer.Context, path: str, member: str, help_member: str, incomplete: str) -> list[tuple[str, str]]:
    said = context.find_root().params
    wishes = Wishes(said.get("context_name"), said.get("server"), PATIENCE)
    try:
        rows = list(session_of(wishes, "json", quiet=True).api.rows(path, most=MOST))
    except CommandFailed:
        return []
    found = {str(row.get(member)): str(row.get(help_member) or "") for row in rows}
    return [(name, about) for name, about in sorted(found.items()) if name.startswith(incomplete)]
