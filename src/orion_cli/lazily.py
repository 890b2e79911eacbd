"""A group whose commands are imported when they are called: help of the whole program imports none of them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from orion_cli.failures import Misused

# Name, module under `commands`, and what help says; in the order of help.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "config": ("config", "Which servers there are, and their keys."),
    "health": ("health", "Whether the server is well."),
    "workflows": ("workflows", "Workflows: list, create, activate, test, …"),
    "channels": ("channels", "Channels: list, create, activate, …"),
    "connectors": ("connectors", "Connectors, and their circuit breakers."),
    "send": ("send", "Ask a channel."),
    "traces": ("traces", "What became of requests."),
    "dlq": ("dlq", "Asynchronous requests that were given up."),
    "engine": ("engine", "What runs, and running it anew."),
    "functions": ("functions", "What tasks may do."),
    "audit-logs": ("audit_logs", "Who did what."),
    "apply": ("apply", "Bring the server in step with a folder of definitions."),
    "diff": ("diff", "What apply would change."),
    "validate": ("validate", "Check definitions without a server."),
    "test": ("test", "Run test cases without a server."),
    "export": ("export_bundle", "Every definition in one document."),
    "import": ("import_bundle", "Take definitions in as drafts."),
    "schema": ("schema", "JSON Schema of definitions, for editors."),
    "backup": ("backup", "Save every definition."),
    "restore": ("restore", "Put a backup in force."),
    "metrics": ("metrics", "The server's metrics."),
    "mcp": ("mcp", "The MCP server, for AI assistants."),
    "completions": ("completions", "What makes a shell complete commands and ids."),
}


class LazyGroup(TyperGroup):
    """The whole program."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # as typer calls it
        super().__init__(*arguments, **options)
        spare(self)

    def list_commands(self, ctx: Any) -> list[str]:  # typer's own context, which it does not export as a type
        """The names, in the order of help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # typer's own command, likewise
        """Import a command.

        Raises:
            Misused: There is none of that name.
        """
        known = COMMANDS.get(cmd_name)
        if known is None:
            if ctx.resilient_parsing:  # the shell completes what is half typed
                return None
            from difflib import get_close_matches

            near = get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "orion-cli --help lists them"
            raise Misused(f"There is no command '{cmd_name}'", hint)
        loaded = typer.main.get_command(import_module(f"orion_cli.commands.{known[0]}").app)
        loaded.name = cmd_name
        for each in (loaded, *getattr(loaded, "commands", {}).values()):
            spare(each)
        return loaded

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # typer's own context and formatter
        """The names and what they are for, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def spare(command: Any) -> None:  # typer's own command
    """Have parameters that were not given left as they are: typer imports pydantic to read them, 0.1 s in all."""
    parameters_of = command.get_params

    def spared(context: Any) -> list[Any]:
        parameters: list[Any] = parameters_of(context)
        for each in parameters:
            if not each.required and "process_value" not in vars(each):
                each.process_value = unless_default(each.process_value, each.default)
        return parameters

    command.get_params = spared


def unless_default(read: Callable[[Any, Any], Any], default: object) -> Callable[[Any, Any], Any]:
    """What reads a value, unless it is the default."""
    return lambda context, value: default if value is None or value == default else read(context, value)
