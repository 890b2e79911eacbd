"""What `orion-cli` says with its exit code (docs/decisions/0040). Decides nothing."""

from collections.abc import Mapping

OK = 0
FAILED = 1  # refused by the server, a check that failed, a difference that was found
USAGE = 2  # the command itself, or a file it names, cannot be understood
NOT_FOUND = 3
UNAUTHORIZED = 4
CONFLICT = 5
UNREACHABLE = 6  # nobody answers, or who answers cannot work now
TIMEOUT = 7
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it

OF_STATUS: Mapping[int, int] = {
    401: UNAUTHORIZED,
    403: UNAUTHORIZED,
    404: NOT_FOUND,
    405: NOT_FOUND,
    408: TIMEOUT,
    409: CONFLICT,
    429: UNREACHABLE,
    502: UNREACHABLE,
    503: UNREACHABLE,
    504: TIMEOUT,
}
