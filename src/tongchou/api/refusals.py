"""Errors that only the API has."""

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


def not_found(where: str) -> TongchouError:
    """Return the error for an address that there is not."""
    return TongchouError(
        "api.not_found",
        what=Text("没有这个地址", "there is no such address"),
        where=where,
        why=Text("接口中没有它", "the API does not have it"),
        remedy=Text("见 /api/v1/docs", "see /api/v1/docs"),
    )


def method_not_allowed(where: str) -> TongchouError:
    """Return the error for a method that an address does not know."""
    return TongchouError(
        "api.method",
        what=Text("该地址不支持此方法", "the address does not know this method"),
        where=where,
        why=Text("方法与接口不符", "the API does not offer it"),
        remedy=Text("见 /api/v1/docs", "see /api/v1/docs"),
    )


def too_large(where: str, limit: int) -> TongchouError:
    """Return the error for a body beyond the limit."""
    return TongchouError(
        "api.too_large",
        what=Text("请求过大", "the request is too large"),
        where=where,
        why=Text(f"上限为 {limit:,} 字节", f"the limit is {limit:,} bytes"),
        remedy=Text("分段上传，或分批提交", "send it in parts, or in several requests"),
    )


def bad_json(where: str) -> TongchouError:
    """Return the error for a body that is not JSON."""
    return TongchouError(
        "api.bad_json",
        what=Text("请求内容不是 JSON", "the body is not JSON"),
        where=where,
        why=Text("无法解析", "it cannot be read"),
        remedy=Text("按 UTF-8 编码的 JSON 提交", "send JSON in UTF-8"),
    )


def bad_value(where: str, why: str) -> TongchouError:
    """Return the error for a field that is not as described."""
    return TongchouError(
        "api.bad_value",
        what=Text(f"字段 {where} 不符合要求", f"the field {where} is not as described"),
        where=where,
        why=Text(f"校验结果：{why}", why),
        remedy=Text("按接口说明改正，见 /api/v1/docs", "correct it as /api/v1/docs says"),
    )


def unexpected() -> TongchouError:
    """Return the error for what nobody foresaw; its cause stands in the log only."""
    return TongchouError(
        "api.unexpected",
        what=Text("程序出错", "the program failed"),
        where="-",
        why=Text("遇到未预料的情况，已记入日志", "something unforeseen happened; it stands in the log"),
        remedy=Text("把时间和操作告诉管理员", "tell the administrator when it was and what you did"),
    )


def other_origin(where: str) -> TongchouError:
    """Return the error for a request signed by a browser's cookie that comes from another site's page."""
    return TongchouError(
        "access.other_origin",
        what=Text("请求来自别的网站", "the request comes from another site"),
        where=where,
        why=Text("浏览器登录只对本站页面有效", "a browser's sign-in holds for the pages of this place only"),
        remedy=Text("在本站页面上操作；系统间调用请用接口令牌", "use the pages here; systems use a token"),
    )


def media_type(where: str, read: list[str]) -> TongchouError:
    """Return the error for a body of a type that is not read."""
    return TongchouError(
        "api.media_type",
        what=Text("内容类型不受支持", "this type of content is not read"),
        where=where or "Content-Type",
        why=Text(f"可读的类型：{'、'.join(read)}", f"what is read: {', '.join(read)}"),
        remedy=Text("写明 Content-Type，并按该类型提交", "send one of these, and name it as Content-Type"),
    )
