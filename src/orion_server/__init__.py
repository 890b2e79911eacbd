"""Orion's server: HTTP, the admin API, configuration and the command line. Composes the core and its drivers."""
