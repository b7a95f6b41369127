"""The rule of two persons: who made something does not approve, review, post or decide it."""

from collections.abc import Collection, Mapping

from tongchou.access.rights import built_in_rights
from tongchou.access.subject import Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

PART = {
    "author": Text("起草人", "author"),
    "orderer": Text("下达人", "orderer"),
    "applicant": Text("申请人", "applicant"),
    "expert": Text("提出意见的专家", "expert who gave an opinion"),
    "locker": Text("锁定人", "who locked it"),
}
"""The parts that a person can have had in an object."""


def check_two_persons(subject: Subject, action: str, earlier: Mapping[str, Collection[str]]) -> None:
    """Check that who does an action is not one who had a part before that excludes it.

    Args:
        subject: Who does it now.
        action: The action; its excluded parts stand in the table of rights (`other_than`).
        earlier: Ids of the users who had each of these parts; all of them must be given.

    Raises:
        TongchouError: `access.second_person`; `access.unknown_action`.
    """
    wanted = built_in_rights().action(action)
    for part in wanted.other_than:
        if subject.user_id in earlier[part]:
            raise TongchouError(
                "access.second_person",
                what=Text(f"“{wanted.title.zh}”须由另一人办理", f"somebody else must do this: {wanted.title.en}"),
                where=subject.user_name,
                why=Text(
                    f"您是{PART[part].zh}，按双人复核规则须回避", f"you are the {PART[part].en}; two persons are needed"
                ),
                remedy=Text("请另一位有此权限的人办理", "ask another person who may do it"),
            )
