"""What differs from the defaults, for people; secrets are masked."""

import json

from orion_core import MASK, mask_text
from orion_server.settings.types import Settings
from orion_server.settings.walk import paths, value_at


def summary(settings: Settings) -> list[str]:
    """A line for each setting that is not at its default."""
    defaults = Settings()
    lines = []
    for path, _, secret in paths():
        value = value_at(settings, path)
        if value == value_at(defaults, path):
            continue
        lines.append(f"  {'.'.join(path)} = {_shown(value, secret)}")
    return lines


def _shown(value: object, secret: bool) -> str:
    """A secret is masked whole, but of an address only what is secret in it."""
    text = str(value)
    if secret:
        return json.dumps(mask_text(text)) if text.startswith(("sqlite:", "file:")) else MASK
    return json.dumps(mask_text(value) if isinstance(value, str) else value, default=str)
