"""Personal data at rest: encrypted to read, keyed hash to look up, masked to show.

A Vietnamese phone number has about 10^9 possibilities, so a plain hash is reversible in seconds: look-ups use
HMAC-SHA-256 with a key that is not in the database. Encryption is AES-256-GCM with the key's id in front, so that
a key can be rotated (Law 91/2025/QH15 asks for protection appropriate to the risk).
"""

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eoc.errors import Permanent

_KEY_ID = b"\x01"
_NONCE_BYTES = 12


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """Seals, opens and fingerprints personal data with keys derived from `EOC_SECRET_KEY`."""

    _seal_key: bytes
    _lookup_key: bytes
    _sign_key: bytes

    @classmethod
    def from_secret(cls, secret: str) -> "Vault":
        """Derive independent keys for each purpose (HKDF-SHA-256, RFC 5869)."""
        return cls(_derive(secret, b"eoc/seal/1"), _derive(secret, b"eoc/lookup/1"), _derive(secret, b"eoc/sign/1"))

    def seal(self, text: str) -> bytes:
        """Encrypt; two seals of one text differ."""
        nonce = os.urandom(_NONCE_BYTES)
        return _KEY_ID + nonce + AESGCM(self._seal_key).encrypt(nonce, text.encode(), _KEY_ID)

    def open(self, sealed: bytes) -> str:
        """Decrypt. Raises `Permanent("secret.cannot_open")` when the key differs or a byte was changed."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self._seal_key).decrypt(nonce, body, sealed[:1]).decode()
        except (InvalidTag, ValueError) as error:
            raise Permanent("secret.cannot_open") from error

    def fingerprint(self, text: str) -> str:
        """The same text gives the same fingerprint, and only with our key: for look-up and uniqueness."""
        return hmac.new(self._lookup_key, text.encode(), hashlib.sha256).hexdigest()

    def sign(self, text: str) -> str:
        """Authenticates what we hand out and get back (links, tokens)."""
        return hmac.new(self._sign_key, text.encode(), hashlib.sha256).hexdigest()


def mask_phone(phone: str) -> str:
    """`+84912345678` to `+84 9•• ••• 678`: enough to recognise one's own, useless to anyone else."""
    if not phone.startswith("+84") or len(phone) < 9:
        return "•" * max(0, len(phone) - 3) + phone[-3:]
    return f"+84 {phone[3]}•• ••• {phone[-3:]}"
