"""Tests of the storage that go beyond what every store promises."""
