"""Words of the audit for people: what an event was about, and what else it says."""

from collections.abc import Mapping
from typing import Any

import orjson

from tongchou.access.rights import built_in_rights
from tongchou.core.text import Text
from tongchou.records.states import ROLE
from tongchou.web.frame import PageView

_OBJECTS = {
    "api_tokens": Text("接口令牌", "API token"),
    "backups": Text("备份", "backup"),
    "ledger_periods": Text("会计期间", "ledger period"),
    "policy_changes": Text("政策修改", "change of policy"),
    "quality_reports": Text("反馈报告", "quality report"),
    "referrals": Text("转诊", "referral"),
    "run_orders": Text("结算任务", "ordered run"),
    "scenario_orders": Text("情景任务", "ordered scenario"),
    "scenarios": Text("情景", "scenario"),
    "special_case_applications": Text("特例单议申请", "special review"),
    "uploads": Text("上传", "upload"),
    "users": Text("用户", "user"),
}
_NAMES = {
    "actions": Text("操作", "actions"),
    "expires": Text("有效至", "until"),
    "grade": Text("数据级别", "grade"),
    "method": Text("方式", "by"),
    "name_hash": Text("用户名哈希", "hash of the name"),
    "roles": Text("角色", "roles"),
    "rows": Text("行数", "rows"),
    "rule": Text("规则", "rule"),
    "title": Text("用途", "for"),
    "why": Text("原因", "why"),
}
_VALUES = {
    "local": Text("本地密码", "password"),
    "oidc": Text("统一身份认证", "provider"),
    "password": Text("密码不对", "wrong password"),
}


def object_words(view: PageView, kind: str, object_id: str) -> str:
    """Return what an event was about: its kind by name, and its id."""
    name = view.shown.say(_OBJECTS[kind]) if kind in _OBJECTS else kind
    return " ".join(filter(None, (name, object_id)))


def details_words(view: PageView, details: str) -> str:
    """Return what else an event says, name by name."""
    said: Mapping[str, Any] = orjson.loads(details or "{}")
    colon, pause = view.say("：", ": "), view.say("；", "; ")
    return pause.join(
        f"{view.shown.say(_NAMES[name]) if name in _NAMES else name}{colon}{_value(view, name, value)}"
        for name, value in said.items()
    )


def _value(view: PageView, name: str, value: object) -> str:
    if isinstance(value, list):
        return view.say("、", ", ").join(_value(view, name, each) for each in value)
    rights = built_in_rights()
    match name, value:
        case "roles", str() if value in ROLE:
            return view.shown.say(ROLE[value])
        case "grade", str() if value in rights.grades:
            return view.shown.say(rights.grades[value].title)
        case "actions", str():
            titles = (
                view.shown.say(rights.actions[each].title) if each in rights.actions else each for each in value.split()
            )
            return view.say("、", ", ").join(titles)
        case _, str() if value in _VALUES:
            return view.shown.say(_VALUES[value])
        case _:
            return str(value)
