"""The page on access says what the rights and the figures say."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tongchou.access.rules import built_in_rules

ROOT = Path(__file__).parents[2]


def test_the_table_of_rights_on_the_page_is_the_one_that_decides() -> None:
    result = subprocess.run(
        [sys.executable, "tools/access_page.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_figures_on_the_page_are_those_of_the_pack() -> None:
    page, rules = (ROOT / "docs" / "access.md").read_text(encoding="utf-8"), built_in_rules()
    for words in (
        f"{rules.shortest_password}–{rules.longest_password} 个字符",
        f"连续失败 {rules.failures} 次，锁 {rules.locked_for // timedelta(minutes=1)} 分钟",
        f"闲置 {rules.idle // timedelta(minutes=1)} 分钟，最长 {rules.longest_sign_in // timedelta(hours=1)} 小时",
        f"至多 {rules.longest_token.days} 天",
        f"其他进程 {rules.fresh.seconds} 秒内",
    ):
        assert words in page
