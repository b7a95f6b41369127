"""Which files are received: told by the end of their names and by what is in them."""

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

HEAD_BYTES = 4096
_STEP = 1 << 20
_MOST_ENTRIES = 10_000
_BOM = b"\xef\xbb\xbf"
_WORKBOOK = "xl/workbook.xml"
_TABLE_MARK = b"PAR1"

# What archives, programs and pictures begin with.
_OTHERS: Mapping[bytes, Text] = {
    b"PK\x03\x04": Text("ZIP 压缩包", "a ZIP archive"),
    b"PK\x05\x06": Text("ZIP 压缩包", "a ZIP archive"),
    b"\x1f\x8b": Text("GZIP 压缩文件", "a GZIP file"),
    b"BZh": Text("BZIP2 压缩文件", "a BZIP2 file"),
    b"\xfd7zXZ": Text("XZ 压缩文件", "an XZ file"),
    b"7z\xbc\xaf": Text("7z 压缩包", "a 7z archive"),
    b"Rar!": Text("RAR 压缩包", "a RAR archive"),
    b"\x28\xb5\x2f\xfd": Text("ZSTD 压缩文件", "a ZSTD file"),
    b"\x7fELF": Text("程序", "a program"),
    b"MZ": Text("程序", "a program"),
    b"%PDF": Text("PDF 文件", "a PDF file"),
    b"\x89PNG": Text("图片", "a picture"),
    b"\xff\xd8\xff": Text("图片", "a picture"),
    b"\xd0\xcf\x11\xe0": Text("旧版 Office 文件", "a file of the old Office"),
}
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"})
_TAR_AT, _TAR = 257, b"ustar"


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is received.

    Attributes:
        title: What it is called.
        begins: Returns whether a file of it may begin so.
    """

    title: Text
    begins: Callable[[bytes], bool]


def _begins_json(head: bytes) -> bool:
    return head.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[", b"")


def _begins_messages(head: bytes) -> bool:
    return head.removeprefix(_BOM).lstrip(b"\x0b\r\n \t")[:3] in (b"MSH", b"FHS", b"BHS", b"")


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head and _other(head) is None


_JSON = FileType(Text("JSON", "JSON"), _begins_json)
_LINES = FileType(Text("JSON（每行一份）", "JSON, one a line"), _begins_json)
_MESSAGES = FileType(Text("HL7 消息", "HL7 messages"), _begins_messages)
TYPES: Mapping[str, FileType] = {
    ".csv": FileType(Text("CSV", "CSV"), _is_text),
    ".txt": FileType(Text("文本（JSON、CSV 或 HL7）", "text (JSON, CSV or HL7)"), _is_text),
    ".json": _JSON,
    ".ndjson": _LINES,
    ".jsonl": _LINES,
    ".hl7": _MESSAGES,
    ".er7": _MESSAGES,
    ".parquet": FileType(Text("Parquet", "Parquet"), lambda head: head.startswith(_TABLE_MARK)),
    ".xlsx": FileType(Text("Excel 工作簿", "Excel workbook"), lambda head: head.startswith(b"PK\x03\x04")),
}
"""What is received, by the end of the name."""


def check_suffix(file_name: str) -> str:
    """Return the end of a file's name, in lower case.

    Raises:
        TongchouError: `workplace.upload_type` for a file that is not received.
    """
    suffix = Path(file_name).suffix.lower()
    if suffix in TYPES:
        return suffix
    if suffix in _ARCHIVES:
        why = Text(
            "不接收压缩包，其中内容无法逐份核对", "archives are not received: what is in them cannot be followed"
        )
        remedy = Text("解压后逐个上传", "unpack it, and upload the files one by one")
    else:
        why = Text("不接收这种后缀的文件", "files with this suffix are not received")
        remedy = Text(f"使用 {'、'.join(TYPES)}", f"use {', '.join(TYPES)}")
    raise _wrong_type(file_name, why, remedy)


def check_beginning(file_name: str, head: bytes) -> None:
    """Check that a file begins as its name says.

    Raises:
        TongchouError: `workplace.upload_type`.
    """
    other, wanted = _other(head), TYPES[check_suffix(file_name)]
    if wanted.begins(head) and (other is None or head.startswith(b"PK\x03\x04")):
        return
    if other is not None:
        why = Text(f"内容是{other.zh}，不是 {wanted.title.zh}", f"it is {other.en}, not {wanted.title.en}")
    else:
        why = Text(f"开头不像 {wanted.title.zh}", f"it does not begin as {wanted.title.en}")
    raise _wrong_type(file_name, why, Text("核对文件与后缀后重新上传", "look at the file and its suffix; upload again"))


def check_content(path: Path, file_name: str, most_bytes: int) -> None:
    """Check a file that is here whole: it is what its name says, and unpacks to a bounded size.

    Args:
        path: The file.
        file_name: As its sender calls it.
        most_bytes: How much it may be once it is unpacked.

    Raises:
        TongchouError: `workplace.upload_type`; `workplace.upload_unpacked` where it would unpack to more.
    """
    with path.open("rb") as file:
        check_beginning(file_name, file.read(HEAD_BYTES))
    suffix = check_suffix(file_name)
    if suffix == ".xlsx":
        _check_workbook(path, file_name, most_bytes)
    elif suffix == ".parquet":
        _check_parquet(path, file_name, most_bytes)


def _check_workbook(path: Path, file_name: str, most_bytes: int) -> None:
    """Unpack a workbook once, counting: what an archive says of its own size need not be true."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if _WORKBOOK not in {entry.filename for entry in entries}:
                raise _wrong_type(file_name, *_NOT_A_WORKBOOK)
            if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > most_bytes:
                raise _too_much(file_name, most_bytes)
            left = most_bytes
            for entry in entries:
                with archive.open(entry) as content:
                    while chunk := content.read(_STEP):
                        left -= len(chunk)
                        if left < 0:
                            raise _too_much(file_name, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise _wrong_type(file_name, *_NOT_A_WORKBOOK) from error


def _check_parquet(path: Path, file_name: str, most_bytes: int) -> None:
    try:
        about = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        why = Text("不是完整的 Parquet 文件", "it is no whole Parquet file")
        raise _wrong_type(file_name, why, Text("重新导出后上传", "export it again, and upload that")) from error
    if sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups)) > most_bytes:
        raise _too_much(file_name, most_bytes)


_NOT_A_WORKBOOK = (
    Text("内容不是可读的 .xlsx 工作簿", "it is no .xlsx workbook that can be read"),
    Text("去掉密码，用 Excel 另存为 .xlsx", "take the password off, and save it as .xlsx"),
)


def _other(head: bytes) -> Text | None:
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return Text("TAR 打包文件", "a TAR archive")
    return next((title for mark, title in _OTHERS.items() if head.startswith(mark)), None)


def _wrong_type(where: str, why: Text, remedy: Text) -> TongchouError:
    return TongchouError(
        "workplace.upload_type",
        what=Text("这个文件不能接收", "this file is not received"),
        where=where,
        why=why,
        remedy=remedy,
    )


def _too_much(where: str, most_bytes: int) -> TongchouError:
    return TongchouError(
        "workplace.upload_unpacked",
        what=Text("文件解开后过大", "the file unpacks to too much"),
        where=where,
        why=Text(f"解开后超过 {most_bytes:,} 字节", f"it would be more than {most_bytes:,} bytes"),
        remedy=Text("拆成几个文件，或另存为 CSV", "split it, or save it as CSV"),
    )
