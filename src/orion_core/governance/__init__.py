"""Decisions that need memory: each a small machine that is told the time. Knows neither functions nor logic."""
