"""Runs the installed command at a terminal of its own, where somebody looks and can answer."""

import os
import pty
import select
import subprocess
import time

from tests.cli.running import PROGRAM, Cli

PATIENCE = 30.0  # seconds


def at_terminal(cli: Cli, *arguments: str, answer: str = "", code: int = 0, **variables: str) -> str:
    """What is seen. `answer` is typed once the command has asked something."""
    ours, theirs = pty.openpty()
    environment = {**cli.environment, "TERM": "xterm-256color", **variables}
    with subprocess.Popen(
        [PROGRAM, *arguments], cwd=cli.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ready, _, _ = select.select([ours], [], [], 0.1)
            if ready:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                seen += part
                if answer and seen.rstrip().endswith((b"]", b":")):
                    os.write(ours, answer.encode() + b"\n")
                    answer = ""
            elif process.poll() is not None:
                break
        os.close(ours)
        assert process.wait(PATIENCE) == code, seen.decode()
    return seen.decode("utf-8", "replace").replace("\r\n", "\n")
