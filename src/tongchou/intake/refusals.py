"""Why a whole file, or a whole batch, cannot be taken in."""

from collections.abc import Iterable, Sequence

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.privacy.redaction import said_file_name, said_names, said_reason
from tongchou.schema.contract import Table
from tongchou.schema.tables import INPUT_TABLES


def no_such_file(where: str) -> TongchouError:
    """Return the error for a path that does not exist."""
    return TongchouError(
        "intake.no_such_file",
        what=Text("找不到文件", "there is no such file"),
        where=where,
        why=Text("该路径不存在", "the path does not exist"),
        remedy=Text("检查路径的拼写", "check how the path is written"),
    )


def no_files(where: str) -> TongchouError:
    """Return the error for a folder without files."""
    return TongchouError(
        "intake.no_files",
        what=Text("没有可以入库的文件", "there are no files to take in"),
        where=where,
        why=Text("文件夹是空的", "the folder is empty"),
        remedy=Text("放入 CSV 或 Parquet 文件", "put CSV or Parquet files in it"),
    )


def unknown_table(where: str, stem: str) -> TongchouError:
    """Return the error for a file whose name does not begin with the name of a table."""
    names = [table.name for table in INPUT_TABLES]
    stem = said_file_name(stem)
    return TongchouError(
        "intake.unknown_table",
        what=Text(f"没有名为 {stem} 的表", f"there is no table named {stem}"),
        where=where,
        why=Text(
            "文件名在第一个 - 或 . 之前须是表名：" + "、".join(names),
            "a file's name up to its first - or . names its table: " + ", ".join(names),
        ),
        remedy=Text("按表名改文件名，或移走该文件", "rename the file after its table, or take it away"),
    )


def unknown_format(where: str) -> TongchouError:
    """Return the error for a file that is neither CSV nor Parquet by its suffix."""
    return TongchouError(
        "intake.unknown_format",
        what=Text("文件格式不受支持", "the format of the file is not known"),
        where=where,
        why=Text("只接收 .csv 与 .parquet 文件", "files end in .csv or .parquet"),
        remedy=Text("导出为 CSV 或 Parquet", "export it as CSV or Parquet"),
    )


def empty_file(where: str) -> TongchouError:
    """Return the error for a file without even a header."""
    return TongchouError(
        "intake.empty_file",
        what=Text("文件是空的", "the file is empty"),
        where=where,
        why=Text("没有表头，也没有数据行", "it has neither a header nor rows"),
        remedy=Text(
            "重新导出；确实没有数据时保留表头行",
            "export it again; keep the header row where there are no rows",
        ),
    )


def unreadable_encoding(where: str) -> TongchouError:
    """Return the error for text in an encoding that is not accepted."""
    return TongchouError(
        "intake.encoding",
        what=Text("文件的文字编码无法识别", "the encoding of the file cannot be read"),
        where=where,
        why=Text("内容既不是 UTF-8，也不是 GBK / GB18030", "it is neither UTF-8 nor GBK / GB18030"),
        remedy=Text("另存为 UTF-8 编码的 CSV", "save it as CSV in UTF-8"),
    )


def not_a_table(where: str, reason: str) -> TongchouError:
    """Return the error for a file whose content is not a table of its format."""
    reason = said_reason(reason)
    return TongchouError(
        "intake.not_a_table",
        what=Text("文件内容不是表格", "the content of the file is not a table"),
        where=where,
        why=Text(f"读取时出错：{reason}", f"reading it failed: {reason}"),
        remedy=Text(
            "检查文件是否完整、后缀与内容是否一致，再重新导出",
            "check that it is whole and what its suffix says, and export it again",
        ),
    )


def missing_columns(where: str, table: Table, names: Sequence[str]) -> TongchouError:
    """Return the error for a file that lacks columns which every row must have."""
    listed = ", ".join(names)
    return TongchouError(
        "intake.missing_column",
        what=Text(f"缺少必填列 {listed}", f"required columns are missing: {listed}"),
        where=where,
        why=Text(
            f"表 {table.name}（{table.title.zh}）的每一行都须有这些列",
            f"every row of {table.name} must have them",
        ),
        remedy=Text(
            "按数据字典补上这些列，表头用英文列名",
            "add them as the data dictionary says, with these names in the header row",
        ),
    )


def repeated_columns(where: str, names: Iterable[str]) -> TongchouError:
    """Return the error for a header that names a column more than once, or names none."""
    # A file without a header has people where names of columns should be.
    listed = ", ".join(name or "''" for name in said_names(list(names)))
    return TongchouError(
        "intake.repeated_column",
        what=Text(f"表头中有重复或空白的列名 {listed}", f"the header repeats a name or leaves it blank: {listed}"),
        where=where,
        why=Text("无法确定该用哪一列", "it is not clear which column is meant"),
        remedy=Text("保留一列并删去其余的列", "keep one of them and delete the others"),
    )


def unfit_type(where: str, column: str, found: str) -> TongchouError:
    """Return the error for a Parquet column whose type cannot hold the contract's values exactly."""
    return TongchouError(
        "intake.column_type",
        what=Text(
            f"列 {column} 的类型 {found} 不能使用",
            f"column {column} has the type {found}, which cannot be used",
        ),
        where=where,
        why=Text(
            "金额不得用浮点数，代码不得用数值小数，不接收嵌套类型",
            "amounts are never floating-point, codes are never fractions, nested types are not read",
        ),
        remedy=Text(
            "金额用整数分或 decimal，文字用字符串，日期用 date",
            "use whole fen or decimals for amounts, strings for text, dates for dates",
        ),
    )


def table_needed(where: str, needed: Table) -> TongchouError:
    """Return the error for rows that cannot be taken in before another table is."""
    return TongchouError(
        "intake.table_needed",
        what=Text(
            f"还没有交入表 {needed.name}（{needed.title.zh}）",
            f"the table {needed.name} has never been handed in",
        ),
        where=where,
        why=Text(
            "结算清单必须能对上定点医疗机构，否则不知道钱该付给谁",
            "a settlement list must name a known institution, else nobody knows whom to pay",
        ),
        remedy=Text(f"一并交入 {needed.name} 文件", f"hand in a file of {needed.name} with it"),
    )


def rows_lost(where: str, received: int, taken: int, set_aside: int) -> TongchouError:
    """Return the error for rows that are neither taken nor set aside: a fault of the program, not of the data."""
    return TongchouError(
        "intake.rows_lost",
        what=Text("行数对不上，本批未入库", "the rows do not add up, so the batch was not taken"),
        where=where,
        why=Text(
            f"收到 {received} 行，入库 {taken} 行，搁置 {set_aside} 行",
            f"{received} rows received, {taken} taken, {set_aside} set aside",
        ),
        remedy=Text("把文件与本信息一并报告给开发者", "report this message with the files to the developers"),
    )


def findings_lost(where: str, owed: int, written: int) -> TongchouError:
    """Return the error for rows set aside without a reason: a fault of the program, not of the data."""
    return TongchouError(
        "intake.findings_lost",
        what=Text(
            "有行被搁置却没有原因，本批未入库", "rows were set aside without a reason, so the batch was not taken"
        ),
        where=where,
        why=Text(f"应有问题 {owed} 条，实际 {written} 条", f"{owed} findings are owed, {written} were written"),
        remedy=Text("把文件与本信息一并报告给开发者", "report this message with the files to the developers"),
    )
