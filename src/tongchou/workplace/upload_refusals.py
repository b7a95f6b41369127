"""Why an upload is not received, or not now."""

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text


def bad_name(longest: int) -> TongchouError:
    """Return the error for a name that leads somewhere else, or cannot be shown; the name is not repeated."""
    return TongchouError(
        "workplace.upload_name",
        what=Text("文件名不能使用", "the name of the file cannot be used"),
        where="name",
        why=Text(
            f"含有路径、控制字符，以点开头，或长于 {longest} 字",
            f"it holds a path or control characters, begins with a dot, or is longer than {longest} signs",
        ),
        remedy=Text("只写文件名，例如 2025-03-4101A.ndjson", "give the bare name, such as 2025-03-4101A.ndjson"),
    )


def too_large(where: str, size: int, limit: int) -> TongchouError:
    """Return the error for a file that is announced as larger than may be."""
    return TongchouError(
        "workplace.upload_too_large",
        what=Text("文件过大", "the file is too large"),
        where=where,
        why=Text(f"{size:,} 字节，上限为 {limit:,} 字节", f"it has {size:,} bytes, the limit is {limit:,}"),
        remedy=Text("按机构或月份拆分后上传", "split it by institution or month"),
    )


def beyond_size(where: str, size: int) -> TongchouError:
    """Return the error for more bytes than were announced."""
    return TongchouError(
        "workplace.upload_beyond_size",
        what=Text("收到的内容多于声明的大小", "more came than was announced"),
        where=where,
        why=Text(f"声明为 {size:,} 字节", f"{size:,} bytes were announced"),
        remedy=Text("放弃这次上传，按实际大小重新上传", "give this upload up, and announce the true size"),
    )


def wrong_offset(where: str, offset: int, received: int, size: int) -> TongchouError:
    """Return the error for a part that does not begin where the last one ended."""
    return TongchouError(
        "records.upload_offset",
        what=Text("上传的这一段接不上", "this part of the upload does not follow"),
        where=f"{where}: {offset}",
        why=Text(f"已收 {received}，共 {size} 字节", f"{received} of {size} bytes are here"),
        remedy=Text(f"从 {received} 字节处续传", f"go on from byte {received}"),
    )


def not_whole(where: str, received: int, size: int) -> TongchouError:
    """Return the error for a file of which some is missing."""
    return TongchouError(
        "records.upload_offset",
        what=Text("文件还没有收全", "the file is not here whole"),
        where=where,
        why=Text(f"已收 {received}，共 {size} 字节", f"{received} of {size} bytes are here"),
        remedy=Text(f"从 {received} 字节处续传", f"go on from byte {received}"),
    )


def too_many(where: str, limit: int) -> TongchouError:
    """Return the error for one upload more than a user may have on the way."""
    return TongchouError(
        "workplace.too_many_uploads",
        what=Text("未完成的上传过多", "too many of your uploads are not done"),
        where=where,
        why=Text(f"每人同时最多 {limit} 个", f"a user has {limit} at the same time at most"),
        remedy=Text("先完成或放弃已有的上传", "finish or give up some of them"),
    )


def no_room(where: str) -> TongchouError:
    """Return the error for a file that has no room on the disk now."""
    return TongchouError(
        "workplace.no_room",
        what=Text("暂时没有空间接收", "there is no room for it now"),
        where=where,
        why=Text("磁盘剩余空间或上传总量已到上限", "the disk is nearly full, or all uploads together are too much"),
        remedy=Text(
            "待已有文件入库后再传，或请管理员清理磁盘", "wait until others are taken in, or have the disk cleared"
        ),
    )
