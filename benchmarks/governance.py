"""What guarding a channel costs: each decision alone, and a request through none and through all of them.

Run it with `python benchmarks/governance.py [--json FILE]`. Decisions are called from Python here, which the core does
not do: `a call that does nothing` says how much of each figure is that. Medians of interleaved rounds.
"""

# a report for the terminal

import argparse
import json
import sys
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from statistics import median
from time import process_time
from timeit import Timer

sys.path.insert(0, str(Path(__file__).parent))

from handled import HEADERS, ORDER, PARSE, engine_of  # found beside this file

from orion_core.governance.breaker import Breaker
from orion_core.governance.concurrency import Permits
from orion_core.governance.duplicates import Window
from orion_core.governance.rate_limit import RateLimiter
from orion_core.protocol import Request, Respond

ROUNDS = 101  # short ones, so that a machine whose speed drifts drifts for all alike
CALLS = 2_000
PLENTY = 1_000_000_000

LIMIT = {"requests_per_second": 10_000_000, "burst": PLENTY}
CHECKS: dict[str, dict[str, object]] = {
    "nothing": {},
    "rate_limit": {"rate_limit": LIMIT},
    "rate_limit by header": {"rate_limit": {**LIMIT, "key_logic": {"var": "headers.host"}}},
    "validation_logic": {"validation_logic": {">": [{"var": "data.total"}, 0]}},
    "deduplication, no key": {"deduplication": {"header": "Idempotency-Key", "window_secs": 300}},
    "backpressure": {"backpressure": {"max_concurrent": 1000}},
    "cache, a hit": {"cache": {"enabled": True, "ttl_secs": 3600}},
}
CHECKS["everything but the cache"] = {
    name: value
    for checks in list(CHECKS.values())[:-1]
    for name, value in checks.items()
    if "key_logic" not in str(value)
}


def memories() -> dict[str, object]:
    """What the decisions are asked of."""
    limiter = RateLimiter(1.0, PLENTY, 100)
    permits = Permits(1000, 0)
    window = Window(1000, 1 << 20)
    breaker = Breaker("orders:payments", 5, 30.0)
    return {
        "take": limiter.take, "keys": cycle(f"caller-{number}" for number in range(64)), "enter": permits.take,
        "leave": permits.release, "claim": window.claim, "free": window.free, "admit": breaker.admit,
    }  # fmt: skip


DECISIONS = {
    "the loop alone": "pass",
    "abs(1.0), to compare": "abs(1.0)",
    "a bucket": "take('', 1.0)",
    "a bucket of 64": "take(next(keys), 1.0)",
    "a permit, taken and given back": "enter(); leave()",
    "a key, claimed and freed": "free(claim('a-key', b'', 1.0, 300.0))",
    "a closed breaker": "admit(1.0)",
}


def handled() -> dict[str, float]:
    """Nanoseconds of a request, for each way to guard its channel."""
    known: dict[str, object] = {
        "Request": Request, "given": ("id", "id", "POST", "orders", "", HEADERS, ORDER, "127.0.0.1", 1.7e9, 7)
    }  # fmt: skip
    statements = {}
    for number, (name, config) in enumerate(CHECKS.items()):
        handle = engine_of([PARSE], config).handle
        for _ in range(2):  # the first one fills the cache
            answer = handle(Request(*known["given"]), 0.0)
        if type(answer) is not Respond or answer.status != 200:
            raise SystemExit(f"{name}: {answer}")
        known[f"handle_{number}"] = handle
        statements[name] = f"handle_{number}(Request(*given), 0.0)"
    return measure(statements, known)


def measure(statements: Mapping[str, str], known: Mapping[str, object]) -> dict[str, float]:
    """Nanoseconds of CPU that each statement takes."""
    timers = {name: Timer(text, timer=process_time, globals=dict(known)) for name, text in statements.items()}
    times: dict[str, list[float]] = {name: [] for name in timers}
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            times[name].append(timer.timeit(CALLS) / CALLS * 1e9)
    return {name: round(median(each), 1) for name, each in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    alone, requests = measure(DECISIONS, memories()), handled()
    print(f"{'a decision':<36}{'ns':>8}")
    for name, figure in alone.items():
        print(f"{name:<36}{figure:>8.1f}")
    print(f"\n{'core.handle, a channel guarded by':<36}{'ns':>8}")
    for name, figure in requests.items():
        print(f"{name:<36}{figure:>8.0f}{figure / requests['nothing']:>8.2f}")
    if options.json:
        options.json.write_text(json.dumps({"decision_ns": alone, "handled_ns": requests}, indent=1) + "\n")


if __name__ == "__main__":
    main()
