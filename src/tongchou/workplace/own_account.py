"""One's own account: tokens of one's own systems, one's password, one's rights, and why something is not seen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from tongchou.access import api_tokens
from tongchou.access.decision import Decision, decide
from tongchou.access.rights import Rule, built_in_rights
from tongchou.access.sign_in import SignedIn, change_password
from tongchou.access.subject import REGION, Subject
from tongchou.core.errors import TongchouError
from tongchou.core.text import Text
from tongchou.records.held import held
from tongchou.records.models import ApiToken, User
from tongchou.workplace.place import Workplace


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one grade of data: the grade's name and the decision with its reason."""

    grade: str
    title: Text
    decision: Decision


def own_tokens(place: Workplace, subject: Subject) -> list[ApiToken]:
    """Return one's own tokens, the newest first; their secret words are not kept.

    Raises:
        TongchouError: `access.refused`.
    """
    place.admit(subject, "tokens.own", "own")
    with place.records.reading() as session:
        return api_tokens.tokens_of(session, subject.user_id)


def make_own_token(
    place: Workplace, subject: Subject, title: str, actions: Collection[str], days: int
) -> api_tokens.NewToken:
    """Make a token of one's own; its secret word is shown this once.

    Raises:
        TongchouError: `access.refused`; `access.token_lasts`; `access.token_actions`; `access.unknown_action`;
            `workplace.token_by_token` if a token asks for another.
    """
    place.admit(subject, "tokens.own", "own", where=title)
    _require_person(subject)
    with place.records.writing() as session:
        user = held(session, User, subject.user_id)
        lasts = timedelta(days=days)
        return api_tokens.make_token(
            session, place.rules, user, title, actions, lasts, by=subject.user_name, at=place.now()
        )


def revoke_own_token(place: Workplace, subject: Subject, token_id: str) -> ApiToken:
    """End a token of one's own at once.

    Raises:
        TongchouError: `access.refused`; `records.not_found` if it is not one's own.
    """
    place.admit(subject, "tokens.own", "own", where=token_id)
    with place.records.writing() as session:
        token = held(session, ApiToken, token_id)
        if token.user_id != subject.user_id:
            held(session, ApiToken, f"-{token_id}")
        api_tokens.revoke_token(session, token, subject.user_name, place.now())
    place.recogniser.forget()
    return token


def change_own_password(place: Workplace, subject: Subject, password: str, new_password: str) -> SignedIn:
    """Change one's own password; every sign-in ends, and a new one begins.

    Raises:
        TongchouError: `access.sign_in_refused`; `access.locked`; `access.password_length`, `access.password_common`,
            `access.password_of_name`; `workplace.token_by_token`.
    """
    _require_person(subject)
    signed_in = change_password(place.records, place.rules, subject.user_name, password, new_password, place.now())
    place.recogniser.forget()
    return signed_in


def own_rights(subject: Subject) -> list[Rule]:
    """Return the rules of one's roles, in the order of the table; those that a token leaves out are left out."""
    return [
        rule
        for rule in built_in_rights().rules
        if rule.role in subject.roles and (subject.actions is None or rule.action in subject.actions)
    ]


def why(place: Workplace, subject: Subject, action: str, institution_id: str = "") -> tuple[Why, ...]:
    """Return what is decided on an action, for every grade of data, and why.

    Args:
        place: The place.
        subject: Who asks.
        action: The action of the rights.
        institution_id: Whose the object is; empty of the region.

    Raises:
        TongchouError: `access.refused`; `access.unknown_action`.
    """
    place.admit(subject, "rights.read", "open")
    wanted = built_in_rights().action(action)
    whose = place.whose(institution_id) if institution_id else REGION
    grades = built_in_rights().grades
    return tuple(Why(grade, grades[grade].title, decide(subject, action, whose, grade)) for grade in wanted.grades)


def _require_person(subject: Subject) -> None:
    if subject.actions is not None:
        raise TongchouError(
            "workplace.token_by_token",
            what=Text("须由本人登录办理", "this is done by a person who is signed in"),
            where=subject.user_name,
            why=Text("令牌不能延长自己，也不能改密码", "a token neither prolongs itself nor changes a password"),
            remedy=Text("登录网页后在“我的账号”中办理", "sign in and do it on the page 'Me'"),
        )
