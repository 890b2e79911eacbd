"""The MCP server: the API as tools, resources and prompts for AI assistants, over the same client as the commands."""
