"""What is wrong with code maps: doubled codes, overlapping days, targets that there are not, circles."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

import polars as pl

from tongchou.core.text import Text
from tongchou.intake.code_maps.code_map import CodeMap

Severity = Literal["error", "warning"]

_NO_END = date(9999, 12, 31)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class MapFinding:
    """Something that is wrong with a map, or with several together.

    Attributes:
        check: `doubled`, `overlap`, `days`, `unknown_target`, `circle` or `chain`.
        severity: A map with an error must not be used.
        where: The maps.
        count: How many codes.
        sentence: What is wrong, with examples.
    """

    check: str
    severity: Severity
    where: str
    count: int
    sentence: Text


def check_code_maps(maps: Sequence[CodeMap], systems: Mapping[str, Collection[str]]) -> list[MapFinding]:
    """Return what is wrong with maps that are used together.

    Args:
        maps: The maps, in the order in which they are applied.
        systems: The codes of each system that is known, by the name that maps give it.
    """
    found: list[MapFinding] = []
    for each in maps:
        found += [*_days(each), *_doubled(each), *_circle(each), *_unknown(each, systems)]
    for first, second in combinations(maps, 2):
        found += _overlap(first, second)
    return [*found, *_chain(maps)]


def dated_pairs(code_map: CodeMap) -> pl.DataFrame:
    """Return a map's rows with the days on which each applies: its own within those of the map, none of them empty."""
    until = code_map.valid_until or _NO_END
    return code_map.pairs.with_columns(
        pl.max_horizontal(pl.col("valid_from").fill_null(code_map.valid_from), pl.lit(code_map.valid_from)).alias(
            "valid_from"
        ),
        pl.min_horizontal(pl.col("valid_until").fill_null(until), pl.lit(until)).alias("valid_until"),
    )


def _days(code_map: CodeMap) -> Iterator[MapFinding]:
    never = dated_pairs(code_map).filter(pl.col("valid_from") > pl.col("valid_until"))
    if never.height:
        yield _finding(
            "days", "error", code_map.map_id, never["from_code"], ("没有一天有效的行", "rows that are valid on no day")
        )


def _doubled(code_map: CodeMap) -> Iterator[MapFinding]:
    rows = dated_pairs(code_map).sort("from_code", "valid_from", "valid_until", maintain_order=True)
    meets = rows.with_columns(
        pl.col("valid_until").cum_max().shift(1).over("from_code").alias("before"),
        pl.col("to_code").n_unique().over("from_code").alias("targets"),
    ).filter(pl.col("valid_from") <= pl.col("before"))
    for severity, part, words in (
        ("error", meets.filter(pl.col("targets") > 1), ("同一天对应几个编码", "codes that become several on one day")),
        ("warning", meets.filter(pl.col("targets") == 1), ("重复的行", "rows that stand twice")),
    ):
        if part.height:
            yield _finding("doubled", severity, code_map.map_id, part["from_code"].unique(maintain_order=True), words)


def _circle(code_map: CodeMap) -> Iterator[MapFinding]:
    # A map is applied once, so a circle changes codes back and forth from one intake to the next, not for ever.
    pairs = code_map.pairs.filter(pl.col("from_code") != pl.col("to_code")).select("from_code", "to_code").unique()
    turned = pairs.join(pairs, left_on=["from_code", "to_code"], right_on=["to_code", "from_code"], how="semi")
    if turned.height:
        yield _finding(
            "circle",
            "error",
            code_map.map_id,
            turned["from_code"].sort(),
            ("互相对应的编码", "codes that become each other"),
        )


def _unknown(code_map: CodeMap, systems: Mapping[str, Collection[str]]) -> Iterator[MapFinding]:
    codes = systems.get(code_map.to_system)
    if codes is None:
        return
    targets = code_map.pairs["to_code"].unique(maintain_order=True)
    unknown = targets.filter(~targets.is_in(pl.Series(list(codes), dtype=pl.String).implode()))
    if len(unknown):
        words = f"{code_map.to_system} 中没有的编码", f"codes that {code_map.to_system} does not have"
        yield _finding("unknown_target", "error", code_map.map_id, unknown, words)


def _overlap(first: CodeMap, second: CodeMap) -> Iterator[MapFinding]:
    same_place = (first.kind, first.step, first.institution_id) == (second.kind, second.step, second.institution_id)
    if not same_place or first.from_system != second.from_system:
        return
    both = dated_pairs(first).join(dated_pairs(second), on="from_code", suffix="_2")
    both = both.filter(
        (pl.col("valid_from") <= pl.col("valid_until_2")) & (pl.col("valid_from_2") <= pl.col("valid_until"))
    )
    if both.height:
        where = f"{first.map_id}, {second.map_id}"
        codes = both["from_code"].unique(maintain_order=True)
        yield _finding("overlap", "error", where, codes, ("同一天在两张表里的编码", "codes of both maps on one day"))


def _chain(maps: Sequence[CodeMap]) -> Iterator[MapFinding]:
    """Yield the kinds of codes whose maps lead from a system back to it."""
    for kind in dict.fromkeys(each.kind for each in maps):
        ways = {(each.from_system, each.to_system) for each in maps if each.kind == kind}
        reached = set(ways)
        while added := {(a, d) for a, b in reached for c, d in ways if b == c} - reached:
            reached |= added
        turning = sorted(start for start, end in reached if start == end)
        if turning:
            named = ", ".join(turning)
            yield MapFinding(
                "chain",
                "error",
                kind,
                len(turning),
                Text(
                    f"对照又回到同一编码体系：{named}",
                    f"the maps lead back to the system that they start from: {named}",
                ),
            )


def _finding(check: str, severity: str, where: str, codes: pl.Series, words: tuple[str, str]) -> MapFinding:
    count = len(codes)
    shown = ", ".join(codes.head(_SHOWN)) + (" …" if count > _SHOWN else "")
    sentence = Text(f"{words[0]} {count:,} 个：{shown}", f"{count:,} {words[1]}: {shown}")
    return MapFinding(check, "error" if severity == "error" else "warning", where, count, sentence)
