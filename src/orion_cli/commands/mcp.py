"""`orion-cli mcp`: the server for AI assistants."""
