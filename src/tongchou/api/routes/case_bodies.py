"""Cases as callers write them, bounded, and what a change of one is."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tongchou.grouping.dip.cases import MOST_FEN
from tongchou.grouping.review.what_if import (
    Change,
    DiagnosisAdded,
    DiagnosisDropped,
    FieldSet,
    PrincipalReplaced,
    PrincipalSwapped,
    ProcedureAdded,
    ProcedureDropped,
    ProcedureMadePrincipal,
    Together,
)

Code = Annotated[str, Field(min_length=1, max_length=40)]
SchemeName = Annotated[
    str | None,
    Field(max_length=100, description="分组方案，缺省为现行政策所用 / scheme; that of today's policy if not given"),
]
_Hours = Annotated[int | None, Field(ge=0, le=100_000)]
_Fen = Annotated[int | None, Field(ge=0, le=MOST_FEN)]
_Grams = Annotated[int | None, Field(ge=1, le=20_000)]


class CaseBody(BaseModel):
    """A case to be grouped; what is not given is unknown."""

    model_config = ConfigDict(extra="forbid")

    case_id: str = Field(default="", max_length=100, description="病例号，原样带回 / comes back as it is")
    sex: Literal["male", "female", "1", "2"] | None = Field(default=None, description="性别，1 男 2 女 / sex")
    age_years: int | None = Field(default=None, ge=0, le=150, description="年龄（岁）/ age in years")
    age_days: int | None = Field(default=None, ge=0, le=366, description="不足一周岁的日龄 / days, under one year")
    birth_weight_g: _Grams = Field(default=None, description="出生体重（克）/ birth weight, g")
    admission_weight_g: _Grams = Field(default=None, description="入院体重（克）/ admission weight, g")
    department: str | None = Field(default=None, max_length=100, description="出院科室 / department")
    los_days: int | None = Field(default=None, ge=0, le=36_500, description="住院天数 / length of stay, days")
    discharge_way: str | None = Field(default=None, max_length=40, description="离院方式 / way of discharge")
    icu_hours: _Hours = None
    crrt_hours: _Hours = None
    ventilator_hours: _Hours = None
    day_surgery: bool | None = None
    multi_site: bool | None = None
    new_technique: bool | None = None
    diagnoses: list[Code] = Field(
        default_factory=list, max_length=200, description="诊断编码，主要诊断在前 / principal first"
    )
    procedures: list[Code] = Field(
        default_factory=list, max_length=200, description="手术操作编码，主要手术在前 / principal first"
    )

    level: str | None = Field(default=None, max_length=40, description="医院级别，DIP 用 / hospital's level, for DIP")
    total_fen: _Fen = Field(default=None, description="总费用（分），DIP 用 / cost in fen, for DIP")
    drug_fen: _Fen = Field(default=None, description="药品费（分），DIP 用 / drugs in fen, for DIP")
    treatment_fen: _Fen = Field(default=None, description="治疗与手术费（分），DIP 用 / treatment in fen, for DIP")

    def case(self) -> dict[str, Any]:
        """Return the case as groupers read it."""
        return dict(self)


class OneCase(CaseBody):
    """A case to be grouped, with what is wanted of it."""

    scheme: SchemeName = None
    explain: bool = Field(default=False, description="附分组理由 / say why")

    def case(self) -> dict[str, Any]:
        """Return the case as groupers read it."""
        case = dict(self)
        del case["scheme"], case["explain"]
        return case


class _CodeChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code


class PrincipalReplacedBody(_CodeChange):
    """The principal diagnosis is another one."""

    kind: Literal["principal_replaced"]

    def change(self) -> Change:
        """Return the change."""
        return PrincipalReplaced(self.code)


class DiagnosisAddedBody(_CodeChange):
    """A secondary diagnosis is added."""

    kind: Literal["diagnosis_added"]

    def change(self) -> Change:
        """Return the change."""
        return DiagnosisAdded(self.code)


class DiagnosisDroppedBody(_CodeChange):
    """A diagnosis is taken away."""

    kind: Literal["diagnosis_dropped"]

    def change(self) -> Change:
        """Return the change."""
        return DiagnosisDropped(self.code)


class ProcedureAddedBody(_CodeChange):
    """A procedure is added."""

    kind: Literal["procedure_added"]

    def change(self) -> Change:
        """Return the change."""
        return ProcedureAdded(self.code)


class ProcedureDroppedBody(_CodeChange):
    """A procedure is taken away."""

    kind: Literal["procedure_dropped"]

    def change(self) -> Change:
        """Return the change."""
        return ProcedureDropped(self.code)


class ProcedureMadePrincipalBody(_CodeChange):
    """One of the procedures is put first."""

    kind: Literal["procedure_made_principal"]

    def change(self) -> Change:
        """Return the change."""
        return ProcedureMadePrincipal(self.code)


class PrincipalSwappedBody(BaseModel):
    """The principal diagnosis and a secondary one change places; 1 is the first secondary one."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["principal_swapped"]
    place: int = Field(ge=1, le=200)

    def change(self) -> Change:
        """Return the change."""
        return PrincipalSwapped(self.place)


class FieldSetBody(BaseModel):
    """A field of the case has another value; null is unknown."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["field_set"]
    field: str = Field(max_length=40)
    value: Annotated[int, Field(ge=0, le=MOST_FEN)] | bool | Annotated[str, Field(max_length=100)] | None

    def change(self) -> Change:
        """Return the change."""
        return FieldSet(self.field, self.value)


_Single = (
    PrincipalReplacedBody
    | PrincipalSwappedBody
    | DiagnosisAddedBody
    | DiagnosisDroppedBody
    | ProcedureAddedBody
    | ProcedureDroppedBody
    | ProcedureMadePrincipalBody
    | FieldSetBody
)
SingleChange = Annotated[_Single, Field(discriminator="kind")]


class TogetherBody(BaseModel):
    """Several changes at once, in their order."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["together"]
    changes: list[SingleChange] = Field(min_length=1, max_length=20)

    def change(self) -> Change:
        """Return the change."""
        return Together(tuple(each.change() for each in self.changes))


ChangeBody = Annotated[_Single | TogetherBody, Field(discriminator="kind")]
"""A change of a case, told apart by `kind`."""
