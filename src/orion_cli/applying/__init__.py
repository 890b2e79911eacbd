"""Bringing a server in step with a folder of definitions: read, compare, order, carry out, take back."""
