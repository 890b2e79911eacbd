"""The commands, a module each; `lazily.COMMANDS` lists them."""
