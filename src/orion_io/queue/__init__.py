"""Asynchronous work: what is accepted is worked on, whatever dies. Knows no HTTP."""
