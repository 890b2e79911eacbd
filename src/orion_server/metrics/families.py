"""Families made of what is counted. Knows no number in particular."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString

from orion_io.tallies import BOUNDS, Histogram

LABELS = tuple(floatToGoString(bound) for bound in (*BOUNDS, float("inf")))  # type: ignore[no-untyped-call] # it has none

Labels = tuple[str, ...]


def counter(name: str, text: str, labels: Sequence[str], counts: Iterable[tuple[Labels, int]]) -> CounterMetricFamily:
    """A counter.

    Args:
        name: Of the family, with its `_total`.
        text: What it tells.
        labels: Their names.
        counts: Their values, and what was counted; no values twice.
    """
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts):
        family.add_metric(values, count)
    return family


def histogram(
    name: str, text: str, labels: Sequence[str], tallies: Iterable[tuple[Labels, Histogram]]
) -> HistogramMetricFamily:
    """A histogram of durations in seconds; the arguments are those of `counter`."""
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, tally in sorted(tallies, key=lambda each: each[0]):
        buckets = list(zip(LABELS, accumulate(tally.counts), strict=True))
        family.add_metric(values, buckets, tally.sum)
    return family
