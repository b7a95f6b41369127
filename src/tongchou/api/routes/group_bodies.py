"""How groups are answered: those of a DRG scheme, and those of a DIP catalogue."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from tongchou.api.envelope import Words
from tongchou.workplace.at_hand import Ready
from tongchou.workplace.dip_at_hand import ReadyDip
from tongchou.workplace.dip_grouping import DipGroup, DipOutcome
from tongchou.workplace.grouping_cases import GroupedCase, Outcome


class PricesBody(BaseModel):
    """Where weights and standards come from."""

    run_id: str
    period: str


class DipBody(BaseModel):
    """What a case has by DIP beside its group; points x 100, factors x 10,000."""

    kind: Literal["core", "basic", "mixed"] | None = Field(description="病种类别 / kind of the group")
    treatment: str = Field(description="治疗方式 / way of treatment")
    matched: int | None = Field(description="匹配的手术操作数 / operations that the group took")
    score_e2: int | None = Field(description="病种分值 × 100 / the group's points x 100")
    auxiliary: str | None = Field(description="适用的辅助目录 / auxiliary catalogue that applies")
    auxiliary_class: str | None
    factor_e4: int | None = Field(description="辅助目录系数 × 10000 / its factor x 10,000")
    level_mean_fen: int | None = Field(description="同级医院上年均费 / last year's mean at that level, fen")
    ratio_e4: int | None
    band: Literal["low", "normal", "high", "panel"] | None = Field(description="费用偏差 / deviation of the cost")
    coefficient_e4: int | None
    points_e2: int | None = Field(description="病例分值 × 100 / the case's points x 100")


class GroupBody(BaseModel):
    """A case's group; amounts in fen, before any coefficient."""

    case_id: str
    status: Literal["grouped", "ambiguous", "ungrouped", "invalid"]
    mdc: str = Field(description="DIP 为空 / empty of DIP")
    adrg: str = Field(description="DIP 为空 / empty of DIP")
    drg: str = Field(description="病组；DIP 为病种编码 / the group; of DIP the catalogue's group")
    decided_by: str = Field(
        description="决定的步骤；DIP 为类别或未入组原因 / deciding step; of DIP the kind or the reason"
    )
    name: Words | None
    weight_e4: int | None = Field(
        description="年度结算所用权重 × 10000，DIP 为目录库的 RW / weight of the year's run x 10,000; of DIP the RW"
    )
    standards_fen: dict[str, int] = Field(description="按险种：费率 × 权重 / rate x weight by insurance type")
    dip: DipBody | None = Field(description="按 DIP 分组时 / where it is grouped by DIP")


class OneGroupBody(GroupBody):
    """A case's group, and by what it was grouped."""

    scheme: str = Field(description="分组方案；`dip` 为病种目录库 / scheme; `dip` is the DIP catalogue")
    notice: Words | None = Field(description="学习用方案的提示 / what a scheme for learning says of itself")
    prices: PricesBody | None
    explanation: dict[str, Any] | None


class BatchBody(BaseModel):
    """Groups of cases, in the order of the request."""

    scheme: str
    notice: Words | None
    prices: PricesBody | None
    groups: list[GroupBody]


class OutcomeBody(BaseModel):
    """A variant of the case; the first one is the case as it is."""

    description: Words
    differs_in: list[str]
    group: GroupBody


class WhatIfBody(BaseModel):
    """The variants."""

    scheme: str
    notice: Words | None
    prices: PricesBody | None
    outcomes: list[OutcomeBody]


def drg_group(case_id: str, found: GroupedCase) -> dict[str, Any]:
    """Return a DRG scheme's group as `GroupBody` describes it."""
    grouped, name = found.grouped, found.name
    return {
        "case_id": case_id,
        "status": grouped.status,
        "mdc": grouped.mdc,
        "adrg": grouped.adrg,
        "drg": grouped.drg,
        "decided_by": grouped.decided_by,
        "name": None if name is None else {"zh": name.zh, "en": name.en},
        "weight_e4": found.weight_e4,
        "standards_fen": dict(found.standards_fen),
        "dip": None,
    }


def drg_scheme(ready: Ready) -> dict[str, Any]:
    """Return by what cases were grouped."""
    notice, prices = ready.notice, ready.prices
    return {
        "scheme": ready.name,
        "notice": None if notice is None else {"zh": notice.zh, "en": notice.en},
        "prices": None if prices is None else {"run_id": prices.run_id, "period": prices.period},
    }


def drg_outcome(case_id: str, outcome: Outcome) -> dict[str, Any]:
    """Return a variant as `OutcomeBody` describes it."""
    return {
        "description": {"zh": outcome.description.zh, "en": outcome.description.en},
        "differs_in": list(outcome.differs_in),
        "group": drg_group(case_id, outcome.case),
    }


def dip_group(case_id: str, row: DipGroup) -> dict[str, Any]:
    """Return a DIP catalogue's group as `GroupBody` describes it; a group of DIP is named by its code."""
    group = row["group"]
    return {
        "case_id": case_id,
        "status": row["status"],
        "mdc": "",
        "adrg": "",
        "drg": group or "",
        "decided_by": row["kind"] or row["reason"],
        "name": {"zh": group, "en": group} if group else None,
        "weight_e4": row["rw_e4"],
        "standards_fen": {},
        "dip": {"auxiliary_class": row["class"], **{name: row[name] for name in _DIP_COLUMNS}},
    }


_DIP_COLUMNS = tuple(name for name in DipBody.model_fields if name != "auxiliary_class")


def dip_catalogue(ready: ReadyDip) -> dict[str, Any]:
    """Return by which catalogue cases were grouped; `prices` names the run that measured it."""
    return {
        "scheme": ready.name,
        "notice": {"zh": ready.notice.zh, "en": ready.notice.en},
        "prices": None if ready.run_id is None else {"run_id": ready.run_id, "period": ready.period},
    }


def dip_outcome(case_id: str, outcome: DipOutcome) -> dict[str, Any]:
    """Return a variant as `OutcomeBody` describes it; it differs in fields of its group, or of `dip` in that."""
    return {
        "description": {"zh": outcome.description.zh, "en": outcome.description.en},
        "differs_in": ["drg" if name == "group" else name for name in outcome.differs_in],
        "group": dip_group(case_id, outcome.group),
    }
