"""By what a finished run was computed, as its record names it and as it still is."""

from functools import cached_property
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.groupings import CATALOGUE, DipGrouping, Grouping, choose_grouping
from tongchou.runs.record import RunRecord, read_record
from tongchou.runs.region import Period, Region, RegionPolicy


class RunRules:
    """A finished run with the policy and the grouping that it was computed by; may be kept for many questions.

    Args:
        region: The region.
        record: The run's record.
        policy: The policy as it is now, with the further pack that the run read, if it read one.

    Attributes:
        region: The region.
        record: The run's record.
        policy: The policy that it read.
        period: Its year.

    Raises:
        TongchouError: `runs.policy_changed` if the policy is not what the run read.
    """

    def __init__(self, region: Region, record: RunRecord, policy: RegionPolicy) -> None:
        if policy.fingerprint != record.inputs.policy:
            raise _changed("runs.policy_changed", Text("政策", "the policy"), record)
        self.region, self.record, self.policy = region, record, policy
        self.period = Period.parse(record.inputs.period)

    @cached_property
    def grouping(self) -> Grouping:
        """What it grouped by.

        Raises:
            TongchouError: `runs.scheme_changed` if that is no longer what it was.
        """
        inputs, view = self.record.inputs, self.policy.at(self.period.end)
        asked = inputs.scheme if view.text("payment/inpatient/method") != "dip_points" else None
        grouping = choose_grouping(view, self.region, self.period.year, asked)
        if grouping.fingerprint != inputs.scheme_fingerprint:
            raise _changed("runs.scheme_changed", Text("分组方案", "the grouping scheme"), self.record)
        if isinstance(grouping, DipGrouping):
            grouping.open(self.region.run_folder(self.record.run_id) / CATALOGUE)
        return grouping


def read_rules(region: Region, run_id: str) -> RunRules:
    """Read a run's record and what it was computed by.

    Raises:
        TongchouError: `runs.no_run`, `runs.policy_changed`.
    """
    record = read_record(region.run_folder(run_id))
    pack = record.inputs.policy_pack
    return RunRules(region, record, region.policy(Path(pack) if pack else None))


def _changed(code: str, subject: Text, record: RunRecord) -> TongchouError:
    return TongchouError(
        code,
        what=Text(f"{subject.zh}在结算之后已经改动", f"{subject.en} has changed since the run"),
        where=record.run_id,
        why=Text("按改动后的规则解释当时的结果会误导", "to explain the result by other rules would mislead"),
        remedy=Text("恢复当时的版本，或重新结算", "restore what the run read, or settle the period again"),
    )
