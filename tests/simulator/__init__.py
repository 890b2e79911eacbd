"""A seeded world without a clock: any number of executions at once, and invariants checked after every step."""
