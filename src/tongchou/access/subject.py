"""Who asks: a user with roles, signed in or by a token."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from tongchou.core.text import Text
from tongchou.records.models import User
from tongchou.records.users import alliances_of, grant_of


@dataclass(frozen=True, slots=True)
class Part:
    """A role with what it is for: its institution, and the alliances that count as its own."""

    role: str
    institution_id: str = ""
    alliance_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks.

    Attributes:
        user_id: The user.
        user_name: The user's name.
        display_name: What people call the user.
        english_name: What English pages call the user; empty where that is the same.
        parts: The roles.
        actions: The actions that the token is limited to; None where signed in.
        sign_in_id: The sign-in or the token.
    """

    user_id: str
    user_name: str
    display_name: str = ""
    parts: tuple[Part, ...] = ()
    actions: frozenset[str] | None = None
    sign_in_id: str = ""
    english_name: str = ""

    @property
    def called(self) -> Text:
        """What people call the user."""
        name = self.display_name or self.user_name
        return Text(name, self.english_name or name)

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles, each once."""
        return tuple(dict.fromkeys(part.role for part in self.parts))

    @property
    def institution_ids(self) -> frozenset[str]:
        """Return the institutions that the roles are for."""
        return frozenset(part.institution_id for part in self.parts if part.institution_id)

    @property
    def alliance_ids(self) -> frozenset[str]:
        """Return the alliances that the roles are for."""
        return frozenset(alliance for part in self.parts for alliance in part.alliance_ids)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose the object is: institutions and alliances; neither where it is the region's as a whole.

    A referral belongs to two institutions: the one that sends and the one that receives.
    """

    institution_ids: tuple[str, ...] = field(default=())
    alliance_ids: tuple[str, ...] = field(default=())


REGION = Whose()
"""What is the region's as a whole."""


def whose_institution(session: Session, *institution_ids: str, on: date) -> Whose:
    """Return what belongs to institutions, with the alliances that they are in on a day."""
    alliances = alliances_of(session, institution_ids, on)
    return Whose(institution_ids, tuple(dict.fromkeys(alliances.values())))


def subject_of(
    session: Session, user: User, on: date, *, sign_in_id: str = "", actions: frozenset[str] | None = None
) -> Subject:
    """Return a user as who asks; an institution's alliance is the one that it is in on the day."""
    grants = [grant_of(role) for role in user.roles]
    alliances = alliances_of(session, {grant.institution_id for grant in grants if grant.institution_id}, on)
    parts = tuple(
        Part(
            grant.role,
            grant.institution_id,
            frozenset(filter(None, (grant.alliance_id, alliances.get(grant.institution_id)))),
        )
        for grant in grants
    )
    english = user.english_name or ""
    return Subject(user.user_id, user.user_name, user.display_name, parts, actions, sign_in_id, english)
