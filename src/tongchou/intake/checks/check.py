"""What a check is: one entry of `packs/intake/checks/*.yaml`, or of a region's own pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from tongchou.core.text import Text
from tongchou.intake.documents.document_batch import DocumentKind

Level = Literal["blocks", "warns"]
"""Whether a finding keeps a document from being taken in, or is only told."""

Use = Literal["grouping", "payment", "settlement", "supervision", "research"]
"""What a fault endangers."""

Care = Literal["inpatient", "day_surgery", "chronic"]
"""The kind of care that a document bills: a stay, day surgery, or treatment of a chronic disease without admission."""

Place = Literal["sql", "conversion"]
"""Where a check is made: over the typed columns by its SQL, or by the conversion, which alone sees what was written."""

KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
LEVELS: tuple[Level, ...] = get_args(Level)
USES: tuple[Use, ...] = get_args(Use)
CARES: tuple[Care, ...] = get_args(Care)

LEVEL_TITLES: Mapping[Level, Text] = {"blocks": Text("拦截", "blocks"), "warns": Text("提示", "warns")}
USE_TITLES: Mapping[Use, Text] = {
    "grouping": Text("分组", "grouping"),
    "payment": Text("支付", "payment"),
    "settlement": Text("结算", "settlement"),
    "supervision": Text("监管", "supervision"),
    "research": Text("研究", "research"),
}
CARE_TITLES: Mapping[Care, Text] = {
    "inpatient": Text("住院", "inpatient"),
    "day_surgery": Text("日间手术", "day surgery"),
    "chronic": Text("门诊慢特病", "chronic outpatient"),
}
KIND_TITLES: Mapping[DocumentKind, Text] = {
    "settlement_list": Text("结算清单", "settlement list"),
    "front_page": Text("病案首页", "front page"),
    "claim": Text("申报单", "claim"),
    "message": Text("消息", "message"),
    "fee_lines": Text("费用明细", "fee lines"),
    "settlement_reply": Text("结算回执", "settlement reply"),
    "referral": Text("转诊备案", "referral filing"),
}

Plain = int | bool | str | tuple[str, ...] | tuple[Mapping[str, str | tuple[str, ...]], ...]
"""What a parameter may be: a whole number, yes or no, a text, a list of texts (codes, ranges of codes), or rows."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A bound, a list of codes or a tolerance of a check.

    Attributes:
        value: What it is; amounts are in fen, durations in minutes, unless the name says otherwise.
        source: Where it comes from; `[K]` usual practice, `[S …]` seen in a source, `[?]` to be verified.
    """

    value: Plain
    source: str


@dataclass(frozen=True, slots=True)
class Check:
    """A check.

    Attributes:
        id: Its number in the reference, `Q07`; a letter behind it where one number demands several things.
        title: Its name.
        level: Whether it blocks.
        sentence: What is wrong; `{title}`, `{value}`, `{expected}`, `{seq}` and parameters' names are filled in.
        remedy: What to do about it; the same may stand in braces.
        harms: What a fault endangers.
        source: Where the rule comes from.
        documents: The kinds of documents that it is for.
        care: The kinds of care that it is for; documents without one are never meant where this is not all of them.
        when: SQL over one row of `lists`: whether a document holds what the check needs. Where it does not hold,
            the check does not apply, and nothing is said against the document.
        needs: Reference tables without which it does not apply.
        table: The document table in which its findings stand.
        columns: The columns that it looks at, `{column}` in its SQL; each is checked by itself.
        seq: SQL over a list: the row of `table` that is meant, `null` for none; where it is given, lists are looked at.
        rows: SQL of the rows that are looked at, where they are not those of `table`; with `document` and `seq`.
        fails: SQL over a row `r` and its list `l`: whether it is wrong; unknown is not wrong.
        value: SQL of what was found.
        expected: SQL of what it should agree with.
        parameters: Bounds, lists and tolerances, by name.
        note: What else is to be known: a contradiction in the references, a part that is checked elsewhere.
        place: Where it is made.
        weight: Points taken from a document's score of 100; None for the weight of its level.
        off: Why it is switched off; None where it is on.
        where: The file and line that say so.
    """

    id: str
    title: Text
    level: Level
    sentence: Text
    remedy: Text
    harms: tuple[Use, ...]
    source: str
    documents: tuple[DocumentKind, ...]
    care: tuple[Care, ...]
    when: str
    needs: tuple[str, ...]
    table: str
    columns: tuple[str, ...]
    seq: str
    rows: str
    fails: str
    value: str
    expected: str
    parameters: Mapping[str, Parameter]
    note: Text | None
    place: Place
    weight: int | None
    off: Text | None
    where: str
