"""Drivers of outside systems: each carries out the core's actions on one kind of connector."""
