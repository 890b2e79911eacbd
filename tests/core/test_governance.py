"""The machines that remember: buckets, places, windows, kept answers, breakers. No clock; each is told the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.governance.breaker import REFUSED, Breaker, Breakers
from orion_core.governance.concurrency import Permits
from orion_core.governance.cors import CorsPolicy, is_preflight
from orion_core.governance.duplicates import Full, Window
from orion_core.governance.rate_limit import RateLimiter
from orion_core.governance.recent import Recent
from orion_core.governance.response_cache import Kept, ResponseCache
from orion_core.guard import quota
from orion_core.protocol import Ticket

# --- rate limits --------------------------------------------------------------------------------------------------


def test_a_budget_is_exact() -> None:
    limiter = RateLimiter(1000.0, 5000, 10)
    assert sum(limiter.take("", 7.0) == 0.0 for _ in range(10_000)) == 5000


TAKES = [
    ("full at first", 2.0, 3, [0.0, 0.0, 0.0, 0.0], [True, True, True, False]),
    ("a token after its time", 2.0, 1, [0.0, 0.25, 0.5, 0.75], [True, False, True, False]),
    ("never more than it holds", 2.0, 2, [0.0, 0.0, 100.0, 100.0, 100.0], [True, True, True, True, False]),
    ("slower than one a second", 0.1, 1, [0.0, 5.0, 9.9, 10.0], [True, False, False, True]),
    ("a clock that stands", 1.0, 1, [5.0, 5.0, 4.0], [True, False, False]),
]


@pytest.mark.parametrize(("description", "rate", "burst", "instants", "taken"), TAKES, ids=[row[0] for row in TAKES])
def test_a_bucket(description: str, rate: float, burst: int, instants: list[float], taken: list[bool]) -> None:
    limiter = RateLimiter(rate, burst, 10)
    assert [limiter.take("k", now) == 0.0 for now in instants] == taken


def test_the_wait_is_until_the_next_token() -> None:
    limiter = RateLimiter(4.0, 1, 10)
    assert limiter.peek("k", 0.0) == 0.0
    assert limiter.take("k", 0.0) == 0.0
    assert limiter.take("k", 0.1) == pytest.approx(0.15)
    assert limiter.take("k", 0.25) == 0.0


@given(
    st.floats(0.01, 1000),
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abc"), st.booleans()), max_size=60),
)
def test_nobody_gets_more_than_what_flowed_in(rate: float, burst: int, events: list[tuple[float, str, bool]]) -> None:
    limiter = RateLimiter(rate, burst, 10)
    now, admitted = 0.0, {"a": 0, "b": 0, "c": 0}
    for pause, key, reloaded in events:
        now += pause
        if reloaded:
            limiter.adopt(rate, burst, now)
        if limiter.take(key, now) == 0.0:
            admitted[key] += 1
        assert admitted[key] <= burst + rate * now + 1e-6


def test_new_ceilings_bring_no_tokens_and_take_none_but_what_does_not_fit() -> None:
    limiter = RateLimiter(1.0, 10, 10)
    for _ in range(8):
        limiter.take("k", 0.0)
    limiter.adopt(1000.0, 100, 1.0)  # two are left, one flowed in at the old rate
    assert limiter.left("k", 1.0) == 3
    limiter.adopt(1000.0, 2, 1.0)
    assert limiter.left("k", 1.0) == 2


def test_the_keys_used_last_are_kept() -> None:
    recent = Recent(10)
    for number in range(1000):
        recent.put(number, str(number))
        recent.get(0)
        assert len(recent) <= 10
    assert recent.get(0) == "0"
    assert [recent.get(number) for number in range(995, 1000)] == ["995", "996", "997", "998", "999"]
    assert recent.get(500) is None
    assert recent.drop(999) == "999"
    assert recent.get(999) is None


@pytest.mark.parametrize(
    ("rate", "field"),
    [(100.0, "q=100;w=1"), (0.5, "q=1;w=2"), (2.5, "q=5;w=2"), (0.001, "q=1;w=1000"), (0.3, "q=3;w=10")],
)
def test_a_rate_in_whole_numbers(rate: float, field: str) -> None:
    assert quota(rate) == field


# --- places -------------------------------------------------------------------------------------------------------


def test_places_are_given_in_the_order_of_the_line() -> None:
    permits = Permits(1, 2)
    assert permits.take()
    first, second, third = Ticket(), Ticket(), Ticket()
    assert permits.stand(first)
    assert permits.stand(second)
    assert not permits.stand(third)
    assert permits.release() == (first,)
    assert (first.ready, second.ready, permits.in_use) == (True, False, 1)
    assert not permits.take()  # nobody overtakes
    assert permits.withdraw(second) == ()
    assert permits.withdraw(first) == ()  # the place that had just been given
    assert (permits.in_use, permits.standing) == (0, 0)
    assert permits.take()


def test_a_place_that_was_given_in_vain_goes_to_the_next() -> None:
    permits = Permits(1, 2)
    permits.take()
    first, second = Ticket(), Ticket()
    permits.stand(first)
    permits.stand(second)
    permits.release()
    assert permits.withdraw(first) == (second,)
    assert permits.in_use == 1


def test_a_ceiling_changes_no_count() -> None:
    permits = Permits(3, 1)
    assert [permits.take() for _ in range(3)] == [True] * 3
    permits.adopt(1, 1)
    assert (permits.in_use, permits.take()) == (3, False)
    ticket = Ticket()
    permits.stand(ticket)
    assert [permits.release() for _ in range(3)] == [(), (), (ticket,)]
    permits.adopt(2, 1)
    assert permits.take()


# --- duplicates ---------------------------------------------------------------------------------------------------

ANSWER = Kept(200, b"{}", 0.0, 0.0)


def test_a_key_is_known_until_its_window_ends() -> None:
    window = Window(10, 10_000)
    claim = window.claim("k", b"f", 0.0, 5.0)
    assert window.find("k", 1.0) is claim
    window.settle(claim, ANSWER)
    assert window.find("k", 4.9).answer is ANSWER
    assert window.find("k", 5.0) is None
    assert (len(window), window.weight) == (0, 0)


def test_a_key_whose_work_goes_on_outlives_its_window() -> None:
    window = Window(10, 10_000)
    claim = window.claim("k", b"", 0.0, 1.0)
    window.claim("other", b"", 2.0, 1.0)
    assert window.find("k", 9.0) is claim


def test_a_full_window_claims_nothing_and_forgets_nothing() -> None:
    window = Window(2, 10_000)
    for key in "ab":
        window.settle(window.claim(key, b"", 0.0, 5.0), ANSWER)
    with pytest.raises(Full):
        window.claim("c", b"", 1.0, 5.0)
    assert window.find("a", 1.0) is not None
    assert window.claim("c", b"", 5.0, 5.0)  # the others have expired
    assert len(window) == 1


def test_large_answers_fill_a_window_too() -> None:
    window = Window(100, 1000)
    window.settle(window.claim("a", b"", 0.0, 5.0), Kept(200, b"x" * 1000, 0.0, 0.0))
    with pytest.raises(Full):
        window.claim("b", b"", 0.0, 5.0)


def test_freeing_twice_is_freeing_once() -> None:
    window = Window(10, 10_000)
    claim = window.claim("k", b"", 0.0, 5.0)
    window.free(claim)
    newer = window.claim("k", b"", 0.0, 5.0)
    window.free(claim)
    window.settle(claim, ANSWER)
    assert window.find("k", 0.0) is newer
    assert newer.answer is None


# --- kept answers -------------------------------------------------------------------------------------------------


def test_what_was_used_least_recently_gives_way() -> None:
    cache = ResponseCache(2, 100_000)
    for key in (b"a", b"b"):
        cache.keep(key, Kept(200, key, 0.0, 9.0))
    assert cache.find(b"a", 1.0).body == b"a"
    cache.keep(b"c", Kept(200, b"c", 0.0, 9.0))
    assert [cache.find(key, 1.0) is not None for key in (b"a", b"b", b"c")] == [True, False, True]
    assert cache.find(b"a", 9.0) is None


def test_answers_never_weigh_more_than_they_may() -> None:
    cache = ResponseCache(1000, 5000)
    for number in range(50):
        cache.keep(b"%d" % number, Kept(200, b"x" * (number * 40), 0.0, 9.0))
        assert cache.weight <= 5000
    cache.keep(b"huge", Kept(200, b"x" * 6000, 0.0, 9.0))
    assert cache.find(b"huge", 0.0) is None
    assert len(cache) > 0


def test_one_leads_and_the_others_follow() -> None:
    cache = ResponseCache(10, 10_000)
    stays, leaves = Ticket(), Ticket()
    assert cache.lead(b"k")
    assert not cache.lead(b"k")
    cache.follow(b"k", stays)
    cache.follow(b"k", leaves)
    cache.desert(b"k", leaves)
    assert cache.land(b"k") == (stays,)
    assert (stays.ready, leaves.ready) == (True, False)
    assert cache.lead(b"k")


# --- breakers -----------------------------------------------------------------------------------------------------

# Events at instants: c a call that succeeds, x one that fails, g one that nobody waits for; and what came of it.
HISTORIES = [
    ("failures in a row open it", 3, [("x", 0), ("x", 0), ("x", 0)], "open"),
    ("a success between them does not", 3, [("x", 0), ("x", 0), ("c", 0), ("x", 0), ("x", 0)], "closed"),
    ("open, nothing passes", 1, [("x", 0), ("c", 9)], "open"),
    ("a probe that succeeds closes it", 1, [("x", 0), ("c", 10)], "closed"),
    ("a probe that fails opens it anew", 1, [("x", 0), ("x", 10), ("c", 19)], "open"),
    ("and for the whole pause", 1, [("x", 0), ("x", 10), ("c", 20)], "closed"),
    ("a probe given up is no proof", 1, [("x", 0), ("g", 10)], "open"),
    ("after which the next call is the probe", 1, [("x", 0), ("g", 10), ("c", 10)], "closed"),
]


@pytest.mark.parametrize(("description", "threshold", "events", "state"), HISTORIES, ids=[row[0] for row in HISTORIES])
def test_a_breaker(description: str, threshold: int, events: list[tuple[str, float]], state: str) -> None:
    breaker = Breaker("k", threshold, 10.0)
    for what, now in events:
        era = breaker.admit(now)
        if era == REFUSED:
            continue
        if what == "c":
            breaker.succeeded(era)
        elif what == "x":
            breaker.failed(era, now)
        else:
            breaker.abandoned(era)
    assert breaker.state == state


def test_one_call_probes() -> None:
    breaker = Breaker("k", 1, 10.0)
    breaker.failed(breaker.admit(0.0), 0.0)
    assert breaker.wait(4.0) == 6.0
    probe = breaker.admit(10.0)
    assert (probe != REFUSED, breaker.state) == (True, "half_open")
    assert breaker.admit(10.0) == REFUSED
    assert breaker.succeeded(probe)


def test_what_an_earlier_era_says_is_not_heard() -> None:
    breaker = Breaker("k", 1, 10.0)
    early, late = breaker.admit(0.0), breaker.admit(0.0)
    assert breaker.failed(early, 0.0)
    probe = breaker.admit(10.0)
    assert not breaker.failed(late, 10.0)
    assert not breaker.succeeded(late)
    assert breaker.state == "half_open"
    assert breaker.succeeded(probe)


def test_breakers_are_listed_reset_and_bounded() -> None:
    breakers = Breakers(1, 10.0, 4)
    breaker = breakers.of("orders", "payments")
    breaker.failed(breaker.admit(0.0), 0.0)
    assert breakers.states() == {"orders:payments": "open"}
    assert breakers.reset("orders:payments")
    assert not breakers.reset("nobody")
    assert breakers.states() == {"orders:payments": "closed"}
    for number in range(20):
        breakers.of("orders", str(number))
    assert len(breakers.states()) <= 4


# --- origins ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (["*"], "https://a.example", True),
        (["https://a.example"], "https://a.example", True),
        (["https://a.example/"], "https://A.example", True),
        (["https://a.example"], "https://a.example.evil", False),
        (["https://a.example"], "http://a.example", False),
        (["https://a.example"], "null", False),
        (["null"], "null", True),
        ([], "https://a.example", False),
    ],
)
def test_an_origin(origins: list[str], origin: str, allowed: bool) -> None:
    policy = CorsPolicy(origins)
    assert policy.allows(origin) is allowed
    named = dict(policy.headers(origin)).get("access-control-allow-origin")
    assert named == ((origin if "*" not in origins else "*") if allowed else None)
    assert ("access-control-allow-origin" in dict(policy.preflight(origin))) is allowed


def test_a_preflight_asks_by_method_and_headers() -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "PUT"}
    assert is_preflight("OPTIONS", asked)
    assert not is_preflight("GET", asked)
    assert not is_preflight("OPTIONS", {"origin": "https://a.example"})
