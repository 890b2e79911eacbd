"""Orion's second program: a client of the HTTP API for terminals, scripts and assistants. Knows no server inside."""
