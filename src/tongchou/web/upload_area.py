"""The place on a page where files are dropped: a piece of plain script that talks to the API as the browser."""

import json
from functools import cache
from html import escape
from importlib.resources import files

from nicegui import ui

from tongchou.core.text import Text
from tongchou.web.frame import PageView
from tongchou.workplace.upload_types import TYPES

_PART_BYTES = 4 << 20
_WORDS = {
    "whose": Text("数据属于", "Data of"),
    "drop": Text("把文件拖到这里，或点击选择", "Drop files here, or click to choose"),
    "kinds": Text(
        "CSV、JSON、NDJSON、Parquet、Excel（.xlsx）、HL7；压缩包请先解压",
        "CSV, JSON, NDJSON, Parquet, Excel (.xlsx), HL7; unpack archives first",
    ),
    "progress": Text("上传进度", "progress of"),
    "next": Text("等待前面的文件", "waits for the files before it"),
    "pause": Text("暂停", "Pause"),
    "paused": Text("已暂停，可以续传", "paused; it can go on"),
    "lost": Text("连接中断，已收部分保留", "the connection was lost; what came is kept"),
    "again": Text("连接不稳，正在重试……", "trying again …"),
    "resume": Text("续传", "Go on"),
    "abandon": Text("放弃", "Give up"),
    "examining": Text("收全，正在核对……", "whole; being examined …"),
    "waiting": Text("排队入库……", "waits to be taken in …"),
    "taking": Text("正在检查并入库……", "being checked and taken in …"),
    "done": Text("入库 {taken}，搁置 {aside}", "{taken} taken in, {aside} set aside"),
    "same": Text("内容以前已经入库，没有重复处理", "taken in before: nothing was done again"),
    "look": Text("查看结果", "See the result"),
}


def upload_area(view: PageView, places: dict[str, Text]) -> None:
    """Show where files are dropped, sent, and followed until they are taken in.

    Args:
        view: The page.
        places: The institutions whose data may be handed in, with their names.
    """
    ui.add_css(_asset("uploads.css"), shared=False)
    ui.add_body_html(f"<script>{_asset('uploads.js')}</script>", shared=False)
    words = {name: view.shown.say(text) for name, text in _WORDS.items()} | {"language": view.shown.language}
    about = {
        "words": json.dumps(words, ensure_ascii=False),
        "places": json.dumps([[key, view.shown.say(name)] for key, name in places.items()], ensure_ascii=False),
        "part": str(min(_PART_BYTES, view.place.settings.part_bytes)),
        "accept": ",".join(TYPES),
    }
    attributes = " ".join(f'data-{name}="{escape(value, quote=True)}"' for name, value in about.items())
    ui.html(f"<tongchou-uploads {attributes}></tongchou-uploads>", sanitize=False).style("width: 100%")


@cache
def _asset(name: str) -> str:
    return files("tongchou").joinpath("web", "assets", name).read_text(encoding="utf-8")
