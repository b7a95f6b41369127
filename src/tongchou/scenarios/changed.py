"""Which readings of the policy a scenario changes: the value of the base and its source, the new one and its reason."""

from dataclasses import dataclass
from typing import Any

from tongchou.core.explanation import Fact, ParameterRead, Step
from tongchou.core.text import Text
from tongchou.scenarios.trial import Trial, source_title


@dataclass(frozen=True, slots=True)
class ChangedParameter:
    """A parameter that the scenario's run read from the scenario.

    Attributes:
        tried: The reading under the scenario; its source names the scenario and the reason.
        base: The reading of the base; None where the base's settlement did not ask for it.
    """

    tried: ParameterRead
    base: ParameterRead | None

    def as_json(self) -> dict[str, Any]:
        """Return the change for machines; values as they are written in the policy."""
        before = self.base
        return {
            "parameter": self.tried.name,
            "key": self.tried.key,
            "unit": self.tried.unit,
            "base": before and {"value": before.value, "from": before.valid_from, "source": str(before.source)},
            "scenario": {
                "value": self.tried.value,
                "from": self.tried.valid_from,
                "reason": self.tried.source.article,
            },
        }


def changed_parameters(trial: Trial) -> tuple[ChangedParameter, ...]:
    """Return the readings that the scenario answers, by parameter, key and day."""
    changes = {(change.parameter.name, change.valid_from) for change in trial.scenario.changes}
    found = []
    for read in trial.tried.record.reads:
        if (read.name, read.valid_from) not in changes or read.source.title != source_title(trial.scenario):
            continue
        same = [each for each in trial.base.record.reads if (each.name, each.key) == (read.name, read.key)]
        before = [each for each in same if each.valid_from <= read.valid_from]
        latest = max(before or same, key=lambda each: each.valid_from, default=None)
        found.append(ChangedParameter(read, latest))
    return tuple(sorted(found, key=lambda each: (each.tried.name, each.tried.key, each.tried.valid_from)))


def unread_parameters(trial: Trial) -> tuple[str, ...]:
    """Return the changed parameters that the settlement never read: they have no effect on it."""
    read = {each.name for each in trial.tried.record.reads}
    return tuple(sorted({change.parameter.name for change in trial.scenario.changes} - read))


def trial_step(trial: Trial) -> Step:
    """Explain a trial: its two runs, what it changes, and which of its changes have no effect."""
    changed = changed_parameters(trial)
    base, tried = trial.base.record, trial.tried.record
    is_same = base.table_hashes == tried.table_hashes
    return Step(
        "scenarios.trial",
        Text(f"模拟运行：{trial.scenario.name.zh}", f"Trial: {trial.scenario.name.en}"),
        Text("与现行政策逐分相同", "the same as the base, to the fen")
        if is_same
        else Text("与现行政策不同", "differs from the base"),
        facts=(
            Fact(Text("现行批次", "run of the base"), f"{base.run_id}, {base.result_hash[:16]}"),
            Fact(Text("情景批次", "run of the scenario"), f"{tried.run_id}, {tried.result_hash[:16]}"),
            *(
                Fact(
                    Text(f"{each.tried.title.zh} [{each.tried.key}]", f"{each.tried.title.en} [{each.tried.key}]"),
                    f"{each.base.value if each.base else '–'} → {each.tried.value}",
                )
                for each in changed
            ),
        ),
        parameters=(*(each.base for each in changed if each.base), *(each.tried for each in changed)),
        rejected=tuple(
            Text(f"参数 {name} 未被读取，调整无效果", f"the parameter {name} is not read: the change has no effect")
            for name in unread_parameters(trial)
        ),
    )
