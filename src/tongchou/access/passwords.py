"""Passwords: what makes one fit, and Argon2, which is used only when somebody signs in."""

import secrets
import threading
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tongchou.access.rules import SignInRules, common_passwords
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_LOOKALIKES = str.maketrans("@$!|", "asil")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters or digits that look like others."""
_AT_ONCE = threading.BoundedSemaphore(4)
"""So many hashes are reckoned at a time: each takes tens of MiB."""


def check_password(rules: SignInRules, password: str, user_name: str) -> None:
    """Check that a password is fit to be one.

    Raises:
        TongchouError: `access.password_length`, `access.password_common`, `access.password_of_name`.
    """
    if not rules.shortest_password <= len(password) <= rules.longest_password:
        raise TongchouError(
            "access.password_length",
            what=Text("密码长度不合要求", "the password is too short or too long"),
            where=user_name,
            why=Text(
                f"须为 {rules.shortest_password}–{rules.longest_password} 个字符",
                f"it has {rules.shortest_password} to {rules.longest_password} characters",
            ),
            remedy=Text("换一个密码，可用几个不相干的词", "choose another one: some unrelated words will do"),
        )
    plain = password.casefold()
    bare_name = user_name.casefold().strip()
    if len(bare_name) >= 3 and bare_name in plain:
        raise TongchouError(
            "access.password_of_name",
            what=Text("密码中含有用户名", "the password holds the user name"),
            where=user_name,
            why=Text("这是最先被猜的", "that is what is guessed first"),
            remedy=Text("换一个密码", "choose another one"),
        )
    rest = plain.translate(_LOOKALIKES)
    for word in common_passwords():
        rest = rest.replace(word, "")
    if len(rest) < rules.least_beside_common or len(set(plain)) < rules.least_different or _is_a_row(plain):
        raise TongchouError(
            "access.password_common",
            what=Text("密码太常见", "the password is a common one"),
            where=user_name,
            why=Text(
                "由常用词、重复或连续的字符组成", "it is made of common words, or of repeated or running characters"
            ),
            remedy=Text("换一个密码，可用几个不相干的词", "choose another one: some unrelated words will do"),
        )


def hash_password(rules: SignInRules, password: str) -> str:
    """Return the Argon2 hash of a password, with its salt and figures."""
    with _AT_ONCE:
        return _hasher(rules).hash(_bytes(password))


def password_fits(rules: SignInRules, password_hash: str, password: str) -> bool:
    """Return whether a password is the one of a hash; takes as long where there is no hash to compare with."""
    if len(password) > rules.longest_password:
        password, password_hash = "", ""
    with _AT_ONCE:
        try:
            _hasher(rules).verify(password_hash or _nobodys(rules), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(password_hash)


def is_outdated(rules: SignInRules, password_hash: str) -> bool:
    """Return whether a hash was made with other figures than those of today."""
    return _hasher(rules).check_needs_rehash(password_hash)


def new_password() -> str:
    """Return a password for somebody who will read it once: four groups of five letters and digits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def _bytes(password: str) -> bytes:
    # The same characters, however the keyboard made them: full width, composed, half a character.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _is_a_row(plain: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return len(steps) == 1


@cache
def _hasher(rules: SignInRules) -> PasswordHasher:
    return PasswordHasher(rules.argon2_passes, rules.argon2_memory_kib, rules.argon2_lanes)


@cache
def _nobodys(rules: SignInRules) -> str:
    return _hasher(rules).hash(secrets.token_urlsafe(32))
