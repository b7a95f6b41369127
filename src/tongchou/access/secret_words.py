"""Words that stand for a sign-in or a token: shown once, kept as a hash."""

import hashlib
import secrets

SIGN_IN = "tcs_"
TOKEN = "tct_"  # noqa: S105  # how a token begins, so that people and scanners know one


def new_secret(kind: str) -> str:
    """Return a new secret word of a kind: 256 random bits after its beginning."""
    return kind + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Return what is kept of a secret word; it is random enough that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
