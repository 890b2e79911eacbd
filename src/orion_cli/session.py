"""What a command works with: the server it means, how results are shown, and whether somebody can be asked."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from orion_cli.config import Setting, config_path, place_of, read_configuration, settings_of
from orion_cli.failures import Misused, Refused
from orion_cli.output.output import Output, format_for
from orion_cli.output.terminal import is_terminal

if TYPE_CHECKING:
    from orion_cli.client import Api
    from orion_cli.documents import Document

TIMEOUT = 30.0  # seconds an answer may take


@dataclass(frozen=True)
class Wishes:
    """What was said before the command's name, or beside it.

    Args:
        context: The named context.
        server: The server's address.
        timeout: Seconds an answer may take.
        colour: Whether colours are allowed.
    """

    context: str | None = None
    server: str | None = None
    timeout: float = TIMEOUT
    colour: bool = True


@dataclass
class Session:
    """One run of a command.

    Args:
        wishes: What was said of the server.
        output: Shows results.
    """

    wishes: Wishes
    output: Output
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Every setting and where it comes from."""
        flags = {"context": self.wishes.context, "server": self.wishes.server}
        return settings_of(read_configuration(config_path(self.environment)), self.environment, flags)

    @cached_property
    def api(self) -> "Api":
        """The server that is meant; nothing is sent before something is asked."""
        from orion_cli.client import Api
        from orion_cli.connection import HttpConnection

        return Api(HttpConnection(place_of(self.settings, self.wishes.timeout)))

    @contextmanager
    def sending(self, document: "Document") -> Iterator[None]:
        """A refusal inside is of this document, and is shown with its lines."""
        try:
            yield
        except Refused as refused:
            refused.document = refused.document or document
            raise

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be undone.

        Args:
            question: What will happen.
            yes: Whether it was agreed to beforehand.

        Raises:
            Misused: The answer is no, or nobody can be asked.
        """
        if yes:
            return
        if not is_terminal(sys.stdin):
            raise Misused(f"{question} Nobody can be asked here", "give --yes to agree")
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Misused("Nothing was done")


def session_of(wishes: Wishes, asked: str | None, *, quiet: bool) -> Session:
    """The session of a command."""
    return Session(wishes, Output(format_for(asked), quiet, wishes.colour))
