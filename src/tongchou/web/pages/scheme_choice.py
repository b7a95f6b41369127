"""By what cases can be grouped here: the region's DIP catalogue where it pays by it, and the schemes at hand."""

from tongchou.runs.groupings import DIP
from tongchou.web.frame import PageView
from tongchou.workplace.dip_reading import pays_by_dip
from tongchou.workplace.scheme_reading import schemes_of


async def schemes_to_choose(view: PageView) -> tuple[dict[str, str], str | None]:
    """Return them by name with their titles, and which of them today's policy groups by, else the first; None of none.

    Raises:
        TongchouError: `access.refused`.
    """
    lines = await view.ask(schemes_of)
    names = {each.manifest.name: view.shown.say(each.manifest.title) for each in lines}
    if await view.ask(pays_by_dip):
        return {DIP: view.say("DIP 病种目录库", "DIP catalogue"), **names}, DIP
    return names, next((each.manifest.name for each in lines if each.is_todays), next(iter(names), None))
