"""What findings in documents say: whether they keep a document out, the sentence, and what to do.

In the sentences `{title}` and `{name}` stand for the column, `{value}` for what was found, `{expected}` for what it
should agree with, `{key}` for the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import polars as pl

from tongchou.core.text import Text
from tongchou.intake.documents.typed_batch import TypedBatch


@dataclass(frozen=True, slots=True)
class FindingWords:
    """What a kind of finding says.

    Attributes:
        level: Whether a document with such a finding is set aside, or the finding is only told.
        what: What is wrong.
        remedy: What to do about it.
    """

    level: Literal["blocks", "warns"]
    what: Text
    remedy: Text


class DocumentChecks(Protocol):
    """The checks that documents go through. Sent to worker processes, so it must survive pickling."""

    @property
    def fingerprint(self) -> str:
        """What distinguishes these checks from others: documents checked by others are checked anew."""

    def find(self, batch: TypedBatch, among: frozenset[str] | None = None) -> pl.DataFrame:
        """Return the findings of a batch, those of its conversion among them, of the schema `FOUND`.

        Args:
            batch: The documents.
            among: The checks that are wanted; all where None.
        """

    def words(self, check: str) -> FindingWords | None:
        """Return what a check's finding says; None for a check that is not among these."""


@dataclass(frozen=True, slots=True)
class ConversionAlone:
    """No checks but those that the conversion makes."""

    fingerprint: str = "conversion"

    def find(self, batch: TypedBatch, among: frozenset[str] | None = None) -> pl.DataFrame:
        """Return the findings of the conversion."""
        return batch.found if among is None else batch.found.filter(pl.col("check").is_in(sorted(among)))

    def words(self, check: str) -> FindingWords | None:
        """Return nothing: the words of the conversion are those of `DOCUMENT_FAULTS`."""
        return None


_AGAIN = Text("更正后重新交入该文书", "correct it and hand in the document again")

DOCUMENT_FAULTS: Mapping[str, FindingWords] = {
    "Q01": FindingWords(
        "blocks",
        Text("必填项 {title}（{name}）为空", "{title} ({name}) must be filled and is empty"),
        Text("补填后重新交入", "fill it in and hand the document in again"),
    ),
    "Q02": FindingWords(
        "blocks",
        Text(
            "{title}（{name}）的写法 {value} 超出长度、精度，或无法识别；应为 {expected}",
            "{title} ({name}) is written {value}: too long, too precise, or not to be read; it is {expected}",
        ),
        Text("按接口规范填写后重新交入", "write it as the interface says and hand the document in again"),
    ),
    "Q03": FindingWords(
        "blocks",
        Text(
            "{title}（{name}）的代码 {value} 不在代码表内",
            "{title} ({name}) has the code {value}, which is not in its list",
        ),
        Text("改用国家代码，或在对照表中补上该代码", "use the national code, or add the code to the code map"),
    ),
    "intake.broken_document": FindingWords(
        "blocks",
        Text("文书无法读取：{value}", "the document cannot be read: {expected}"),
        Text("检查导出是否完整，重新导出后交入", "check that the export is whole, export it again and hand it in"),
    ),
    "intake.key_given_twice": FindingWords(
        "blocks",
        Text("文书自相矛盾：{value}", "the document contradicts itself: {expected}"),
        Text("只保留正确的一个取值，重新交入", "keep the value that is right and hand the document in again"),
    ),
    "intake.misplaced_identity": FindingWords(
        "warns",
        Text(
            "{title}（{name}）中有证件号、电话或姓名，已去除，不在此显示",
            "{title} ({name}) holds an id number, a phone number or a name; it was taken out and is not shown",
        ),
        Text(
            "检查来源系统该项的取值，更正后重新交入", "look at what the source system puts there, and hand it in again"
        ),
    ),
    "intake.nameless_document": FindingWords(
        "blocks",
        Text("文书没有结算号或机构，无法识别", "the document has no settlement number or institution to be known by"),
        Text(
            "补上结算 ID；机构可用 --institution 指明",
            "give the settlement number; the institution may be given by --institution",
        ),
    ),
    "intake.person_unknown": FindingWords(
        "blocks",
        Text(
            "清单未给出 {title}，参保人档案中也没有此人",
            "the list does not give {title}, and the person is not among the insured persons",
        ),
        Text(
            "先交入参保人（persons）或带有该项的 4101 清单",
            "hand in the person first (persons), or the list as 4101, which gives it",
        ),
    ),
    "intake.institution_missing": FindingWords(
        "blocks",
        Text("文书没有说明属于哪家机构", "the document does not say whose it is"),
        Text("用 --institution 指明机构代码", "give the institution by --institution"),
    ),
    "intake.money_missing": FindingWords(
        "blocks",
        Text("清单缺少 {title}，也没有对应的结算回执", "the list lacks {title}, and has no settlement reply"),
        Text(
            "交入同一结算号的结算回执（2304），或该次就诊的费用明细及其回执（2301）",
            "hand in the settlement reply (2304) of the same settlement number, or the fee lines of the visit with "
            "their replies (2301)",
        ),
    ),
    "intake.fee_lines_missing": FindingWords(
        "warns",
        Text("清单没有收费类别，也没有费用明细", "the list has neither fee categories nor fee lines"),
        Text("交入该次就诊的费用明细（2301）", "hand in the fee lines of the visit (2301)"),
    ),
    "intake.fee_lines_incomplete": FindingWords(
        "warns",
        Text(
            "该次就诊已到的费用明细与清单的金额不符，暂未使用",
            "the fee lines of the visit that have come do not add up to the list; they are not used yet",
        ),
        Text(
            "其余明细到齐后自动采用；已到齐的，核对并重新交入有误的明细或清单",
            "they are used once the others have come; if all are there, correct the wrong lines or the list and hand "
            "them in again",
        ),
    ),
    "intake.reply_differs": FindingWords(
        "warns",
        Text(
            "结算回执的总额（{value} 分）与清单收费类别之和不同，以清单为准",
            "the settlement reply has another total ({value} fen) than the categories of the list, which counts",
        ),
        Text("核对后重新交入有误的一份", "compare them and hand in again the one that is wrong"),
    ),
    "intake.parts_contradict": FindingWords(
        "warns",
        Text(
            "回执、明细或参保档案与清单相矛盾，按清单本身的内容接收",
            "reply, lines or register contradict the list, which is taken as it stands by itself",
        ),
        Text("核对后重新交入有误的一份", "compare them and hand in again the one that is wrong"),
    ),
    "intake.list_waiting": FindingWords(
        "blocks",
        Text(
            "清单 {key} 等待回执、明细或参保登记，到后自动收下",
            "the list {key} waits for its reply, lines or person, and is taken by itself when they come",
        ),
        Text("交入所缺的部分即可，清单不必重交", "hand in what it lacks; the list need not be handed in again"),
    ),
    "intake.late_parts": FindingWords(
        "warns",
        Text(
            "清单 {key} 由后到的回执、明细或参保登记补全，总额 {value} → {expected} 分",
            "the list {key} was completed by a reply, lines or person that came later; total {value} → {expected} fen",
        ),
        Text("无需处理", "nothing has to be done"),
    ),
    "intake.late_referral": FindingWords(
        "warns",
        Text(
            "转诊备案 {key} 的参保人或机构后到，现已形成转诊",
            "person or institution of the filing {key} came later; the referral is made now",
        ),
        Text("无需处理", "nothing has to be done"),
    ),
    "intake.fee_category_unknown": FindingWords(
        "warns",
        Text(
            "费用明细没有收费类别，未能形成收费项目合计",
            "the fee lines have no category, so no categories could be summed",
        ),
        Text("交入费用明细的回执（2301 输出）", "hand in the replies to the fee lines (output of 2301)"),
    ),
    "intake.document_only": FindingWords(
        "warns",
        Text(
            "资料不足以结算，只作为文书保存",
            "it does not say enough to be settled; it is kept as a document",
        ),
        Text("需要结算时交入该次住院的结算清单", "hand in the settlement list of the stay if it is to be settled"),
    ),
    "intake.stay_known": FindingWords(
        "warns",
        Text(
            "该次住院已有结算清单 {value}，本文书只作为文书保存",
            "the stay has the settlement list {value} already; this is kept as a document beside it",
        ),
        Text("无需处理", "nothing has to be done"),
    ),
    "intake.stay_replaced": FindingWords(
        "warns",
        Text(
            "该次住院原据 {value} 形成病例，现由清单 {key} 取代",
            "the stay had become the case {value}; the list {key} takes its place",
        ),
        Text("无需处理；原文书在历史中", "nothing has to be done; the former document is in the history"),
    ),
    "intake.list_corrected": FindingWords(
        "warns",
        Text("文书 {key} 更正了已入库的内容", "the document {key} corrects what was in the lake"),
        Text(
            "无需处理；改动见 tongchou intake history {key}",
            "nothing has to be done; tongchou intake history {key} shows what changed",
        ),
    ),
    "intake.list_withdrawn": FindingWords(
        "warns",
        Text("文书 {key} 已撤回", "the document {key} was withdrawn"),
        Text("无需处理；原文书在历史中", "nothing has to be done; the document is in the history"),
    ),
    "intake.case_left": FindingWords(
        "warns",
        Text(
            "{key} 所写的结算清单已撤回或更换；现改写为取代它的清单，没有的不再写",
            "the settlement list that {key} names was withdrawn or replaced; it names the one in its place, or none",
        ),
        Text("需要时更正后重新交入该行", "correct the row and hand it in again where that is not right"),
    ),
    "intake.left_with_case": FindingWords(
        "blocks",
        Text(
            "{key} 所写的结算清单已撤回，该行随之移出，留在历史中",
            "the settlement list that {key} is about was withdrawn; the row left with it and is in the history",
        ),
        Text("清单重新交入后，再交入该行", "hand the row in again once the list has come again"),
    ),
    "intake.superseded_list": FindingWords(
        "blocks",
        Text(
            "文书 {key} 的这一版已被更正或撤回，不再接收",
            "this version of the document {key} was corrected or withdrawn before and is not taken again",
        ),
        Text(
            "无需处理；确要恢复的，重新申报（申报时间不同）后交入",
            "nothing has to be done; to restore it, declare it anew (with another time of declaration) and hand it in",
        ),
    ),
    "intake.nothing_to_withdraw": FindingWords(
        "blocks",
        Text("要撤回的文书 {key} 不在库中", "the document {key} that is to be withdrawn is not in the lake"),
        Text("检查结算号与机构", "check the settlement number and institution"),
    ),
    "intake.state_only": FindingWords(
        "blocks",
        Text("只有状态变更，没有清单内容", "it changes a state only and brings no list"),
        Text("交入清单本身（4101A）", "hand in the list itself (4101A)"),
    ),
    "intake.referral_only": FindingWords(
        "warns",
        Text(
            "转诊的参保人或机构不在档案中，备案只作为文书保存",
            "person or institutions of the referral are not known; the filing is kept as a document",
        ),
        Text(
            "机构在本统筹区内的，先交入 institutions 与 persons",
            "hand in institutions and persons first, if they belong to the region",
        ),
    ),
    "intake.assumed_other": FindingWords(
        "warns",
        Text("{title} 未填，按“其他”处理", "{title} is not said and is taken as 'other'"),
        Text("在来源系统中补填", "fill it in in the source system"),
    ),
    "intake.repeated_list": FindingWords(
        "blocks",
        Text("文书 {key} 已经入库且内容相同", "the document {key} is in the lake with the same content"),
        Text("无需处理", "nothing has to be done"),
    ),
    "intake.list_exists": FindingWords(
        "blocks",
        Text(
            "文书 {key} 已经入库，内容不同，而且是别的机构或别种文书的",
            "the document {key} is in the lake with other content, of another institution or as another kind",
        ),
        Text(
            "核对编号；确有错误的，由原来交入的机构或经办机构更正",
            "check its number; if the former is wrong, whoever sent it or the insurer corrects it",
        ),
    ),
    "intake.list_given_twice": FindingWords(
        "blocks",
        Text(
            "文书 {key} 在同一文件中出现多次且内容不同",
            "the document {key} is in the file more than once, with different content",
        ),
        _AGAIN,
    ),
}
"""Code of the finding to its words, where the checks have none of their own."""


def words_of(check: str, checks: DocumentChecks) -> FindingWords:
    """Return what a finding says; `KeyError` names a finding that nobody has words for."""
    return checks.words(check) or DOCUMENT_FAULTS[check]


def blocking(found: pl.DataFrame, checks: DocumentChecks) -> pl.Series:
    """Return the numbers of the documents that have a finding which keeps them out, once each."""
    names = found.get_column("check").unique().to_list()
    barring = [name for name in names if words_of(name, checks).level == "blocks"]
    return found.filter(pl.col("check").is_in(barring)).get_column("_document").unique()
