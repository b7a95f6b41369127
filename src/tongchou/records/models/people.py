"""Users, their roles and scopes, and what they sign in with."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tongchou.core.text import Text
from tongchou.records.models.base import Base, new_id, one_of
from tongchou.records.states import ROLE, SIGN_IN_METHOD, USER_STATE


class User(Base):
    """A person who works here.

    `user_name` is kept in small letters; `password_hash` is empty where only OIDC is used.
    """

    __tablename__ = "users"
    __table_args__ = (one_of("state", USER_STATE),)

    user_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    user_name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    english_name: Mapped[str | None]
    """What English pages call the user; None where that is the same."""
    password_hash: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    roles: Mapped[list["UserRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def called(self) -> Text:
        """What people call the user."""
        return Text(self.display_name, self.english_name or self.display_name)


class UserRole(Base):
    """A role of a user, for an institution, an alliance, or, where both are empty, the region."""

    __tablename__ = "user_roles"
    __table_args__ = (
        one_of("role", ROLE),
        CheckConstraint("role <> 'lead_hospital' OR alliance_id <> ''", name="lead_has_alliance"),
        CheckConstraint(
            "role NOT IN ('hospital', 'primary_centre') OR institution_id <> ''", name="member_has_institution"
        ),
        CheckConstraint(
            "role IN ('lead_hospital', 'hospital', 'primary_centre') OR (institution_id = '' AND alliance_id = '')",
            name="others_are_for_the_region",
        ),
    )

    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[str] = mapped_column(primary_key=True, default="")
    alliance_id: Mapped[str] = mapped_column(primary_key=True, default="")
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]


class InstitutionScope(Base):
    """Which alliance an institution belongs to from a day on; `valid_until` is its last day, empty while it lasts."""

    __tablename__ = "institution_scopes"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_it_begins"),
        Index(None, "alliance_id"),
    )

    institution_id: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_until: Mapped[date | None]
    alliance_id: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    level: Mapped[str]


class SignIn(Base):
    """A time somebody is signed in: only the hash of its token is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (one_of("method", SIGN_IN_METHOD), Index(None, "user_id"))

    sign_in_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"))
    method: Mapped[str]
    began_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A token of a user's own systems: hash only, the actions it may do at most, and its last day."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "user_id"),)

    token_id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"))
    title: Mapped[str]
    actions: Mapped[str]
    """The actions it is limited to, one space between; never more than its user's own rights."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInFailures(Base):
    """Failures in a row under a name, whether or not somebody has it: the answer must not tell."""

    __tablename__ = "sign_in_failures"

    name_hash: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class UserIdentity(Base):
    """A user's identity at an OIDC provider: issuer and subject, as its tokens name them."""

    __tablename__ = "user_identities"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.user_id", ondelete="CASCADE"))
    linked_at: Mapped[datetime]


class OidcFlow(Base):
    """A sign-in on its way to an OIDC provider and back; used once."""

    __tablename__ = "oidc_flows"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    verifier: Mapped[str]
    return_to: Mapped[str]
    began_at: Mapped[datetime]
