"""Takes secrets out of whatever is shown or recorded. Knows no connector in particular.

Masked are the values of members whose name says that they are secret, at any depth, the user information of URLs,
and every header a connector sends (docs/decisions/0006): an API key may hide under any header name.
"""

import re
from collections.abc import Mapping

MASK = "******"

SECRET_NAMES = frozenset({
    "token", "password", "key", "secret", "api_key", "apikey", "connection_string", "access_key", "secret_key",
    "access_key_id", "secret_access_key", "private_key", "client_secret", "passphrase", "authorization", "cookie",
    "proxy-authorization", "x-api-key", "credentials", "service_account_key", "sasl_password", "session_token",
})  # fmt: skip

# A value that is nothing but a reference to a secret is none; `orion_io.secrets` resolves it.
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:/\S+")
_SECRET_ENDINGS = ("_token", "_password", "_secret", "_api_key", "-token", "-key", "-secret", "_passphrase")
_USER_INFORMATION = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRET_QUERY = re.compile(r"([?&](?:[^=&#\s]*(?:key|token|secret|password|signature|sig))=)[^&#\s]*", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a member of this name holds a secret."""
    lowered = name.lower()
    return lowered in SECRET_NAMES or lowered.endswith(_SECRET_ENDINGS)


def is_reference(value: object) -> bool:
    """Whether a value is nothing but a reference to a secret that is kept elsewhere."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def mask(value: object, *, name: str = "") -> object:
    """A copy of a JSON value with its secrets replaced by `******`; null and references to secrets stay."""
    if value is None or is_reference(value):
        return value
    if is_secret(name):
        return MASK
    if isinstance(value, Mapping):
        if name == "headers":
            return {each: child if child is None or is_reference(child) else MASK for each, child in value.items()}
        return {each: mask(child, name=each) for each, child in value.items()}
    if isinstance(value, list):
        return [mask(child) for child in value]
    return mask_text(value) if isinstance(value, str) else value


def mask_text(text: str) -> str:
    """A text without the user information and the secret parameters of any URL in it."""
    return _SECRET_QUERY.sub(rf"\1{MASK}", _USER_INFORMATION.sub(f"{MASK}@", text))


def unmask(changed: object, stored: object) -> object:
    """`changed` with every `******` put back to what is stored there, so that a masked document may be sent back."""
    if changed == MASK:
        return stored if stored is not None else MASK
    if isinstance(changed, Mapping):
        kept = stored if isinstance(stored, Mapping) else {}
        return {name: unmask(value, kept.get(name)) for name, value in changed.items()}
    if isinstance(changed, list):
        kept_list = stored if isinstance(stored, list) else []
        return [
            unmask(value, kept_list[index] if index < len(kept_list) else None) for index, value in enumerate(changed)
        ]
    return changed
