"""Colours and letters of charts, for both themes: readable by the colour-blind, the accent first."""

from collections.abc import Mapping, Sequence

PALETTE: Mapping[str, Sequence[str]] = {
    "light": ("#1f6fb5", "#7a8899", "#173f66", "#2f8f83", "#8a5a10", "#4f94cd", "#8a6d9e"),
    "dark": ("#62aeea", "#7f8c9a", "#b9dcf7", "#5cc2b4", "#d9ae62", "#4a83b3", "#b99ad0"),
}
"""The colours of series, the accent first: they differ in lightness too, so that the colour-blind tell them apart."""

LOSS: Mapping[str, str] = {"light": "#c65a00", "dark": "#f39a4b"}
"""The colour of losses, of nothing else; gains have the accent."""

PANEL: Mapping[str, str] = {"light": "#ffffff", "dark": "#1a2027"}
"""What charts are drawn on."""

INK = {"light": "#1b2430", "dark": "#e7ecf2"}
MUTED = {"light": "#566273", "dark": "#a2afbd"}
RULE = {"light": "#d9e0e8", "dark": "#303a45"}
_CHINESE = '"Noto Sans CJK SC","Source Han Sans SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif'
FONT = {"zh": _CHINESE, "en": f'"Segoe UI","Helvetica Neue",Roboto,Arial,{_CHINESE}'}
