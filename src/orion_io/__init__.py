"""Orion's drivers: carry out what the core asks. Knows the core's protocol, not its insides, and no HTTP server."""
