"""Examining policy packs: what loading refuses, and what an officer should look at before it is settled by."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from tongchou.core.text import Text
from tongchou.policy.chain import Chain
from tongchou.policy.code_reads import is_read
from tongchou.policy.findings import Finding, Severity
from tongchou.policy.lint_values import (
    equal_to_above,
    gaps,
    jumps,
    missing_number,
    not_checked,
    review_missed,
)
from tongchou.policy.pack import BUILT_IN, Pack
from tongchou.policy.policy import Policy

_LOCAL = ("alliance", "hospital")


def lint(folders: Sequence[Path], on: date) -> list[Finding]:
    """Return what is to be said of the packs in some folders, the gravest first.

    The packs that come with the package are read along, and examined only where they are among the folders.

    Args:
        folders: Folders that each hold a `pack.yaml`.
        on: The day on which reviews are due and parameters are missed.
    """
    wanted = {folder.resolve(): folder for folder in folders}
    further = (folder for place, folder in wanted.items() if place.parent != BUILT_IN.resolve())
    policy, problems = Policy.load_what_can_be(*further)
    findings = [Finding.of(problem) for problem in problems]
    examined = [chain for chain in policy.chains.values() if chain.packs[0].head.file.parent.resolve() in wanted]
    for chain in examined:
        findings += _of_values(chain, on)
    findings += _not_given(examined, on)
    order = list(Severity)
    return sorted(findings, key=lambda each: (order.index(each.severity), each.where, each.check))


def _of_values(chain: Chain, on: date) -> Iterator[Finding]:
    pack = chain.packs[0]
    for name, packs in sorted(chain.entries.items()):
        first, dated = packs[0]
        if first.region_id != pack.region_id:
            continue
        place, parameter = _place(pack, name), chain.parameters[name]
        above = Chain(chain.packs[1:], chain.parameters, {name: packs[1:]})
        yield from gaps(chain, name, place)
        yield from jumps(parameter, dated, place)
        yield from review_missed(dated, on, place)
        yield from equal_to_above(dated, above, name, place)
        yield from missing_number(dated, place)
        yield from not_checked(dated, place)


def _not_given(examined: Sequence[Chain], on: date) -> Iterator[Finding]:
    """Yield what the program reads and no examined pack, nor one above it, gives on the day."""
    leaves = [chain for chain in examined if chain.packs[0].level not in _LOCAL]
    for chain in leaves:
        below = [each for each in examined if chain.packs[0].region_id in _ids(each)]
        if any(each is not chain and each in leaves for each in below):
            continue  # asked of the most specific region only
        for name in sorted(filter(is_read, chain.parameters)):
            if not any(each.answer(name, on) for each in below):
                title = chain.parameters[name].title
                yield Finding(
                    "not_given",
                    Severity.HINT,
                    Text(
                        f"参数 {name}（{title.zh}）在 {on} 没有任何政策包给出",
                        f"no pack gives the parameter {name} ({title.en}) on {on}",
                    ),
                    chain.packs[0].region_id,
                    Text("若结算会用到它，写入其值及依据", "if a settlement needs it, write its value and source"),
                )


def _ids(chain: Chain) -> Collection[str]:
    return [pack.region_id for pack in chain.packs]


def _place(pack: Pack, name: str) -> str:
    return str(pack.files[name].file)
