"""A scenario: changes over a frozen base, with the assumptions, risks and searches that are stated for it."""

import re
from dataclasses import dataclass
from pathlib import Path

from tongchou.core.errors import Problems, TongchouError
from tongchou.core.hashing import hash_file
from tongchou.core.text import Text
from tongchou.policy.cursor import Cursor
from tongchou.policy.exact_yaml import read_yaml
from tongchou.runs.region import Period, Region
from tongchou.scenarios.changes import Change, read_changes
from tongchou.scenarios.places import whole
from tongchou.scenarios.responses import Responses, read_responses
from tongchou.scenarios.risk_order import RiskOrder, read_risk_order
from tongchou.scenarios.search_order import SearchOrder, read_search_order

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as its file states it.

    Attributes:
        scenario_id: Its id: lower-case letters, digits and hyphens.
        name: Its name.
        region_id: The region it is for.
        period: The year it is tried on.
        changes: The parameters that it changes; none: the base itself.
        responses: Stated assumptions on behaviour; None: nobody changes what they do.
        risk: What to draw for the fund's risk; None where the file has no `risk`.
        search: What to search for; None where the file has no `search`.
        fingerprint: Hash of the file.
    """

    scenario_id: str
    name: Text
    region_id: str
    period: Period
    changes: tuple[Change, ...]
    responses: Responses | None
    risk: RiskOrder | None
    search: SearchOrder | None
    fingerprint: str

    def folder(self, region: Region) -> Path:
        """Return where the scenario's policy pack and results are kept: a folder for each content of its file."""
        return region.folder / "scenarios" / f"{self.scenario_id}-{self.fingerprint[:8]}"


def read_scenario(file: Path, region: Region) -> Scenario:
    """Read a scenario file for a region.

    Raises:
        Problems: Everything that is wrong with the file, each problem with its place in it.
    """
    problems: list[TongchouError] = []
    head = Cursor(read_yaml(file), file, "", problems)
    places = head.mapping(("id", "name", "base", "changes"), ("assumptions", "risk", "search"))
    if places is None:
        raise Problems(problems)
    policy = region.policy()
    declared = policy.policy.chains[region.pack].parameters
    scenario_id, name = _id(places["id"]), places["name"].both_languages()
    region_id, period = _base(places["base"], region)
    changes = read_changes(places["changes"], declared, period) if period else ()
    responses = read_responses(places["assumptions"]) if "assumptions" in places else None
    risk = read_risk_order(places["risk"]) if "risk" in places else None
    search = read_search_order(places["search"]) if "search" in places else None
    # What is None has been noted.
    if problems or scenario_id is None or name is None or region_id is None or period is None:
        raise Problems(problems)
    return Scenario(scenario_id, name, region_id, period, changes, responses, risk, search, hash_file(file))


def no_part(scenario: Scenario, part: str) -> TongchouError:
    """Return the error of a scenario whose file lacks the part that a command needs."""
    return TongchouError(
        "scenarios.no_part",
        what=Text(f"情景文件没有“{part}”一节", f"the scenario file has no part '{part}'"),
        where=scenario.scenario_id,
        why=Text("该命令按这一节的内容计算", "the command works from what stands there"),
        remedy=Text(f"在情景文件中写明 {part}", f"write {part} into the scenario file"),
    )


def other_period(scenario: Scenario, period: str) -> TongchouError:
    """Return the error of a command that names another period than the scenario."""
    return TongchouError(
        "scenarios.other_period",
        what=Text(f"情景的期间是 {scenario.period}", f"the scenario is for {scenario.period}"),
        where=f"--period {period}",
        why=Text("情景的调整与假设按其期间写成", "its changes and assumptions are stated for that period"),
        remedy=Text("改 --period，或改文件中的 base.period", "correct --period, or base.period in the file"),
    )


def _id(place: Cursor) -> str | None:
    words = place.words()
    if words is None or _ID.fullmatch(words):
        return words
    place.note(
        "scenarios.bad_id",
        Text(f"情景代码“{words}”不合要求", f"the scenario id '{words}' cannot be used"),
        Text("代码用作文件夹名与批次名", "it names a folder and a policy pack"),
        Text("只用小写字母、数字和连字符，最多 40 个", "use lower-case letters, digits and hyphens, at most 40"),
    )
    return None


def _base(place: Cursor, region: Region) -> tuple[str | None, Period | None]:
    places = place.mapping(("region", "period"))
    if places is None:
        return None, None
    region_id, year = places["region"].words(), whole(places["period"], 2000, 2999)
    if region_id is not None and region_id != region.region_id:
        places["region"].note(
            "scenarios.other_region",
            Text(f"情景属于 {region_id}", f"the scenario is for {region_id}"),
            Text(f"打开的统筹区为 {region.region_id}", f"the region opened is {region.region_id}"),
            Text("改 --region，或改正情景文件", "name another --region, or correct the file"),
        )
    return region_id, Period(year) if year else None
