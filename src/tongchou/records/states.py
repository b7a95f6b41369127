"""The readable states of the working place's records, and the steps between them."""

from collections.abc import Mapping

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.schema.states import REFERRAL_STATE

USER_STATE = {"active": Text("正常", "active"), "disabled": Text("停用", "disabled")}

ROLE = {
    "insurer_officer": Text("医保经办人员", "insurer's officer"),
    "insurer_approver": Text("医保审批人员", "insurer's approver"),
    "lead_hospital": Text("牵头医院", "lead hospital"),
    "hospital": Text("医院医保办", "hospital"),
    "primary_centre": Text("基层机构", "primary centre"),
    "supervisor": Text("基金监管人员", "fund supervisor"),
    "researcher": Text("研究人员", "researcher"),
    "administrator": Text("系统管理员", "administrator"),
}

SIGN_IN_METHOD = {"local": Text("本地账号", "local account"), "oidc": Text("统一身份认证", "OpenID Connect")}

POLICY_CHANGE_STATE = {
    "drafted": Text("起草中", "drafted"),
    "submitted": Text("待审批", "submitted"),
    "approved": Text("已批准", "approved"),
    "rejected": Text("已退回", "rejected"),
    "applied": Text("已生效", "applied"),
}

RUN_ORDER_STATE = {
    "planned": Text("已下达", "planned"),
    "running": Text("计算中", "running"),
    "computed": Text("已算出", "computed"),
    "reviewed": Text("已复核", "reviewed"),
    "posting": Text("入账中", "being posted"),
    "posted": Text("已入账", "posted"),
    "failed": Text("失败", "failed"),
    "cancelled": Text("已取消", "cancelled"),
    "interrupted": Text("中断", "interrupted"),
}

UPLOAD_STATE = {
    "receiving": Text("接收中", "receiving"),
    "received": Text("已收全", "received"),
    "taken_in": Text("已入库", "taken in"),
    "refused": Text("已拒收", "refused"),
    "abandoned": Text("已放弃", "abandoned"),
}

APPLICATION_STATE = {
    "applied": Text("已申请", "applied"),
    "in_review": Text("评议中", "in review"),
    "decided": Text("已决定", "decided"),
    "withdrawn": Text("已撤回", "withdrawn"),
}

ANSWER_STATE = {"begun": Text("处理中", "begun"), "done": Text("已完成", "done")}

AUDIT_OUTCOME = {
    "done": Text("完成", "done"),
    "failed": Text("失败", "failed"),
    "refused": Text("拒绝", "refused"),
    "masked": Text("部分隐去", "masked"),
}

POLICY_CHANGE_STEPS: Mapping[str, tuple[str, ...]] = {
    "drafted": ("submitted",),
    "submitted": ("approved", "rejected", "drafted"),
    # What was approved against a policy that has moved since can be applied no more: it is made anew.
    "approved": ("applied", "drafted"),
    "rejected": ("drafted",),
    "applied": (),
}

RUN_ORDER_STEPS: Mapping[str, tuple[str, ...]] = {
    "planned": ("running", "cancelled"),
    "running": ("computed", "failed", "cancelled", "interrupted"),
    # What was interrupted or has failed may be taken up again: a run is repeatable.
    "interrupted": ("running", "planned", "cancelled"),
    "failed": ("running", "planned", "cancelled"),
    "computed": ("reviewed", "cancelled"),
    "reviewed": ("posting", "cancelled"),
    # What stopped while it was being posted is either booked whole or not at all: it may be taken up again.
    "posting": ("posted", "reviewed"),
    "posted": (),
    "cancelled": (),
}

UPLOAD_STEPS: Mapping[str, tuple[str, ...]] = {
    "receiving": ("received", "refused", "abandoned"),
    "received": ("taken_in", "refused"),
    "taken_in": (),
    "refused": (),
    "abandoned": (),
}

REFERRAL_STEPS: Mapping[str, tuple[str, ...]] = {
    "requested": ("accepted", "rejected"),
    "accepted": ("arrived",),
    "arrived": ("completed",),
    "rejected": (),
    "completed": (),
}

APPLICATION_STEPS: Mapping[str, tuple[str, ...]] = {
    "applied": ("in_review", "withdrawn"),
    "in_review": ("decided", "withdrawn"),
    "decided": (),
    "withdrawn": (),
}

_TITLES = {
    "policy_changes": (POLICY_CHANGE_STATE, POLICY_CHANGE_STEPS),
    "run_orders": (RUN_ORDER_STATE, RUN_ORDER_STEPS),
    "uploads": (UPLOAD_STATE, UPLOAD_STEPS),
    "referrals": (REFERRAL_STATE, REFERRAL_STEPS),
    "special_case_applications": (APPLICATION_STATE, APPLICATION_STEPS),
}


def check_step(table: str, key: str, now: str, then: str) -> None:
    """Check that a record may go from one state to another.

    Raises:
        TongchouError: `records.step_not_possible`, naming the steps that are.
    """
    titles, steps = _TITLES[table]
    if then in steps[now]:
        return
    possible = [titles[step] for step in steps[now]]
    raise TongchouError(
        "records.step_not_possible",
        what=Text(
            f"不能从“{titles[now].zh}”转为“{titles[then].zh}”",
            f"what is {titles[now].en} cannot become {titles[then].en}",
        ),
        where=f"{table} {key}",
        why=Text("该记录当前状态不允许这一步", "its present state does not allow this step"),
        remedy=Text(
            f"现在可以：{'、'.join(step.zh for step in possible) or '查看，不能再改'}",
            f"from here it can become: {', '.join(step.en for step in possible) or 'nothing else, only be read'}",
        ),
    )
