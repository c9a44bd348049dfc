"""How a digest that was read is stored."""

from __future__ import annotations

import msgspec

from digest.model import Digest
from domain.edition_day import EditionDay

_ENCODER = msgspec.json.Encoder(enc_hook=EditionDay.isoformat)
_DECODER = msgspec.json.Decoder(Digest)


def encode_digest(digest: Digest) -> bytes:
    """Return a digest as JSON."""
    return _ENCODER.encode(digest)


def decode_digest(parsed: bytes) -> Digest:
    """Return the digest of stored JSON."""
    return _DECODER.decode(parsed)
