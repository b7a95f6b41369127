"""The cases that the DIP commands work on where a region is named: those of its lake."""

import polars as pl

from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.runs.dip_cases import lake_cases
from tongchou.runs.region import Region


def read_lake_cases(region: Region) -> pl.DataFrame:
    """Read all cases of a region's lake (`runs.dip_cases.lake_cases`).

    Raises:
        TongchouError: `cli.dip_no_cases` if it holds none.
    """
    lake = region.lake
    found = lake_cases(lake, lake.snapshot())
    if found is None:
        raise TongchouError(
            "cli.dip_no_cases",
            what=Text("没有可用的病例", "there are no cases to work on"),
            where=str(region.folder),
            why=Text("数据湖中没有病例", "the lake holds no cases"),
            remedy=Text("先用 tongchou intake 入库", "take files in first with tongchou intake"),
        )
    return found
