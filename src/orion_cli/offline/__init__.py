"""Checking and trying definitions without a server, by the same core. The only place that knows `orion_core`."""
