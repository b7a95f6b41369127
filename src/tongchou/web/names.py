"""Names of institutions and alliances in place of their ids, wherever a page would show an id."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongchou.records.states import ROLE
from tongchou.web.frame import PageView
from tongchou.workplace import reference


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, in the language of a page."""

    view: PageView
    by_id: Mapping[str, str]

    def of(self, key: str) -> str:
        """Return the name of an id; the id where there is none."""
        return self.by_id.get(key, key)

    def within(self, words: str) -> str:
        """Return words with every id in them replaced by its name."""
        return _ID.sub(lambda found: self.of(found[0]), words)

    def role(self, role: str, institution_ids: Iterable[str | None]) -> str:
        """Return a role with what it is for."""
        title, whose = self.view.shown.say(ROLE[role]), [self.of(key) for key in institution_ids if key]
        said = self.view.say("、", ", ").join(whose)
        return self.view.say(f"{title}（{said}）", f"{title} ({said})") if said else title


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,}")


async def names_of(view: PageView) -> Names:
    """Return the names of today's institutions and alliances; they are open to everybody who is signed in."""
    places, groups = await view.ask(reference.institutions), await view.ask(reference.alliances)
    names = {each.institution_id: view.shown.say(each.name) for each in places}
    return Names(view, names | {each.alliance_id: view.shown.say(each.name) for each in groups})
