"""The chart library as a plain script, taken from the installed NiceGUI so that a report needs no network."""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text

_FOLDER = "nicegui/elements/echart/dist"


@cache
def echarts_script() -> str:
    """Return Apache ECharts as a script that sets the global name `echarts` and loads nothing.

    NiceGUI carries it as a JavaScript module, which a file opened from disk cannot import: the module's export
    becomes a global name, and its one late import (of 3D charts) is refused.

    Raises:
        TongchouError: `statements.no_charts` if NiceGUI does not hold the library in the expected form.
    """
    folder = _folder()
    index = _read(folder / "index.js")
    export = re.search(r'import\{(\w+) as (\w+).*?\}from"\./([\w.-]+)";export\{\2 as echarts\b', index)
    if export is None:
        raise _no_charts(f"{_FOLDER}/index.js")
    module = _read(folder / export[3])
    body, _, exports = module.rpartition("export{")
    name = re.search(rf"([\w$]+) as {export[1]}\b", exports)
    if name is None:
        raise _no_charts(f"{_FOLDER}/{export[3]}")
    body = re.sub(r'\bimport\("[^"]*"\)', 'Promise.reject(new Error("not included"))', body)
    return f'(()=>{{"use strict";{body}\nglobalThis.echarts={name[1]};}})();'


def _folder() -> Path:
    try:
        # Not by importing the package: that starts a web framework and takes seconds.
        return Path(str(distribution("nicegui").locate_file(_FOLDER)))
    except PackageNotFoundError as error:
        raise _no_charts("nicegui") from error


def _read(path: Path) -> str:
    if not path.is_file():
        raise _no_charts(f"{_FOLDER}/{path.name}")
    return path.read_text(encoding="utf-8")


def _no_charts(where: str) -> TongchouError:
    return TongchouError(
        "statements.no_charts",
        what=Text("找不到图表库", "the chart library was not found"),
        where=where,
        why=Text("已安装的 NiceGUI 中没有预期的 ECharts 文件", "the installed NiceGUI has no ECharts as expected"),
        remedy=Text("按 constraints.txt 重新安装依赖", "install the dependencies again from constraints.txt"),
    )
