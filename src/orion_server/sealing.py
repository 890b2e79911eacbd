"""Seals a document with a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) hides and proves.

Knows no document. Costs 32 MiB and a quarter of a second, on purpose: call it in a thread.
"""

import base64
import binascii
import unicodedata
from typing import Annotated, Literal

from msgspec import Meta

from orion_core.definitions import Document

# The cost is part of the name: what is read says which it was, and no other is accepted, however cheap or dear.
ALGORITHM: Literal["scrypt-32768-8-3+aes-256-gcm"] = "scrypt-32768-8-3+aes-256-gcm"
COST, BLOCK, LANES = 32_768, 8, 3
KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
RANDOM_BYTES = SALT_BYTES + NONCE_BYTES

Passphrase = Annotated[str, Meta(min_length=12, max_length=1024, description="At least twelve characters.")]
Base64 = Annotated[str, Meta(description="Base64 (RFC 4648 section 4).")]


class Sealed(Document, frozen=True):
    """A document nobody can read or change without its passphrase."""

    algorithm: Literal["scrypt-32768-8-3+aes-256-gcm"]
    salt: Base64
    nonce: Base64
    content: Annotated[Base64, Meta(description="Cipher text and its tag, in base64.")]


class Unopened(Exception):
    """The passphrase is wrong, or what was sealed has been changed: nobody can tell which."""


def seal(content: bytes, passphrase: str, random: bytes) -> Sealed:
    """Seal a document.

    Args:
        content: The document.
        passphrase: Opens it again.
        random: `RANDOM_BYTES` that were never used before.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # not imported before somebody seals something

    salt, nonce = random[:SALT_BYTES], random[SALT_BYTES:]
    hidden = AESGCM(_key(passphrase, salt)).encrypt(nonce, content, ALGORITHM.encode())
    return Sealed(algorithm=ALGORITHM, salt=_text(salt), nonce=_text(nonce), content=_text(hidden))


def unseal(sealed: Sealed, passphrase: str) -> bytes:
    """The document that was sealed.

    Raises:
        Unopened: The passphrase is wrong, or the sealed document is not as it was.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        salt, nonce, hidden = (_bytes(each) for each in (sealed.salt, sealed.nonce, sealed.content))
        if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
            raise Unopened
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, hidden, ALGORITHM.encode())
    except (InvalidTag, binascii.Error, ValueError):
        raise Unopened from None


def _key(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=COST, r=BLOCK, p=LANES).derive(
        unicodedata.normalize("NFC", passphrase).encode()
    )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
