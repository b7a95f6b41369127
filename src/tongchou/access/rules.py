"""How people and systems sign in: the figures of the built-in pack, which a region's settings may replace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

REVOKING = frozenset({"password_reset", "password_changed", "disabled"})
"""What happens to an account that can end all of its tokens."""


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The figures of sign-in; their meaning stands in `packs/access/sign_in.yaml`."""

    shortest_password: int
    longest_password: int
    least_different: int
    least_beside_common: int
    argon2_memory_kib: int
    argon2_passes: int
    argon2_lanes: int
    failures: int
    locked_for: timedelta
    idle: timedelta
    longest_sign_in: timedelta
    longest_token: timedelta
    tokens_revoked_by: frozenset[str]
    fresh: timedelta
    noted_every: timedelta
    oidc_flow: timedelta
    oidc_leeway: timedelta

    def __post_init__(self) -> None:
        unknown = self.tokens_revoked_by - REVOKING
        if unknown:
            raise TongchouError(
                "access.sign_in_rules",
                what=Text("登录设置含有未知的词", "the settings of sign-in have a word that nobody knows"),
                where=f"token.revoked_by: {', '.join(sorted(unknown))}",
                why=Text(f"可选：{'、'.join(sorted(REVOKING))}", f"known: {', '.join(sorted(REVOKING))}"),
                remedy=Text("改用其中之一", "use one of them"),
            )
        if self.fresh + self.noted_every >= self.idle:
            raise TongchouError(
                "access.sign_in_rules",
                what=Text("登录设置自相矛盾", "the settings of sign-in contradict each other"),
                where=f"idle {self.idle}, fresh {self.fresh}, noted_every {self.noted_every}",
                why=Text("最近使用写得太少，会误判为闲置", "use is noted too seldom to tell who is idle"),
                remedy=Text("延长闲置时间，或缩短另两项", "let idle be longer, or the other two shorter"),
            )


@cache
def built_in_rules() -> SignInRules:
    """Return the figures of the built-in pack."""
    pack = files("tongchou").joinpath("packs", "access", "sign_in.yaml")
    return read_rules(yaml.safe_load(pack.read_text(encoding="utf-8")))


@cache
def common_passwords() -> tuple[str, ...]:
    """Return the words of which common passwords are made, the longest first."""
    pack = files("tongchou").joinpath("packs", "access", "common_passwords.txt")
    return tuple(sorted(set(pack.read_text(encoding="utf-8").split()), key=lambda word: (-len(word), word)))


def read_rules(content: Mapping[str, Any]) -> SignInRules:
    """Read the figures as the pack writes them."""
    password, argon2, sign_in = content["password"], content["argon2"], content["sign_in"]
    recognition, oidc = content["recognition"], content["oidc"]
    return SignInRules(
        shortest_password=password["shortest"],
        longest_password=password["longest"],
        least_different=password["least_different"],
        least_beside_common=password["least_beside_common"],
        argon2_memory_kib=argon2["memory_kib"],
        argon2_passes=argon2["passes"],
        argon2_lanes=argon2["lanes"],
        failures=content["lock_out"]["failures"],
        locked_for=timedelta(minutes=content["lock_out"]["minutes"]),
        idle=timedelta(minutes=sign_in["idle_minutes"]),
        longest_sign_in=timedelta(hours=sign_in["longest_hours"]),
        longest_token=timedelta(days=content["token"]["longest_days"]),
        tokens_revoked_by=frozenset(content["token"]["revoked_by"]),
        fresh=timedelta(seconds=recognition["fresh_seconds"]),
        noted_every=timedelta(seconds=recognition["noted_every_seconds"]),
        oidc_flow=timedelta(minutes=oidc["flow_minutes"]),
        oidc_leeway=timedelta(seconds=oidc["leeway_seconds"]),
    )
