"""Work: policy changes, run orders, uploads, referrals, special cases, decisions, notices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "policy_changes",
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("parameter", sa.String(), nullable=False),
        sa.Column("diff", _JSON, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("base_fingerprint", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_words", sa.String(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('drafted', 'submitted', 'approved', 'rejected', 'applied')",
            name=op.f("ck_policy_changes_state_is_known"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> author_id", name=op.f("ck_policy_changes_approver_is_another")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.user_id"], name=op.f("fk_policy_changes_author_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.user_id"], name=op.f("fk_policy_changes_decided_by")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_policy_changes")),
    )
    op.create_index(op.f("ix_policy_changes_state"), "policy_changes", ["state"], unique=False)
    op.create_table(
        "run_orders",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("done_steps", sa.Integer(), nullable=False),
        sa.Column("all_steps", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("problem", _JSON, nullable=True),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by", sa.String(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'running', 'computed', 'reviewed', 'posting', 'posted', 'failed', 'cancelled', "
            "'interrupted')",
            name=op.f("ck_run_orders_state_is_known"),
        ),
        sa.CheckConstraint(
            "done_steps >= 0 AND all_steps >= done_steps", name=op.f("ck_run_orders_progress_within_bounds")
        ),
        sa.CheckConstraint(
            "posted_by IS NULL OR posted_by <> ordered_by", name=op.f("ck_run_orders_poster_is_another")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR reviewed_by <> ordered_by", name=op.f("ck_run_orders_reviewer_is_another")
        ),
        sa.ForeignKeyConstraint(["ordered_by"], ["users.user_id"], name=op.f("fk_run_orders_ordered_by")),
        sa.ForeignKeyConstraint(["posted_by"], ["users.user_id"], name=op.f("fk_run_orders_posted_by")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.user_id"], name=op.f("fk_run_orders_reviewed_by")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_run_orders")),
    )
    op.create_index(op.f("ix_run_orders_run_id"), "run_orders", ["run_id"], unique=False)
    op.create_index(op.f("ix_run_orders_state"), "run_orders", ["state"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", _JSON, nullable=True),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("institution_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('receiving', 'received', 'taken_in', 'refused', 'abandoned')",
            name=op.f("ck_uploads_state_is_known"),
        ),
        sa.CheckConstraint(
            "size > 0 AND received >= 0 AND received <= size", name=op.f("ck_uploads_received_within_size")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.user_id"], name=op.f("fk_uploads_owner_id")),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_uploads")),
    )
    op.create_index(
        op.f("ix_uploads_institution_id_created_at"), "uploads", ["institution_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_uploads_owner_id"), "uploads", ["owner_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('begun', 'done')", name=op.f("ck_idempotency_keys_state_is_known")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_expires_at"), "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("from_institution_id", sa.String(), nullable=False),
        sa.Column("to_institution_id", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("to_case_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("direction IN ('up', 'down')", name=op.f("ck_referrals_direction_is_known")),
        sa.CheckConstraint(
            "state IN ('requested', 'accepted', 'rejected', 'arrived', 'completed')",
            name=op.f("ck_referrals_state_is_known"),
        ),
        sa.CheckConstraint("from_institution_id <> to_institution_id", name=op.f("ck_referrals_goes_elsewhere")),
        sa.ForeignKeyConstraint(["created_by"], ["users.user_id"], name=op.f("fk_referrals_created_by")),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referrals")),
    )
    op.create_index(
        op.f("ix_referrals_from_institution_id_state"), "referrals", ["from_institution_id", "state"], unique=False
    )
    op.create_index(op.f("ix_referrals_person_id"), "referrals", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_referrals_to_institution_id_state"), "referrals", ["to_institution_id", "state"], unique=False
    )
    op.create_table(
        "referral_steps",
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'accepted', 'rejected', 'arrived', 'completed')",
            name=op.f("ck_referral_steps_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.referral_id"], name=op.f("fk_referral_steps_referral_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_referral_steps_user_id")),
        sa.PrimaryKeyConstraint("referral_id", "number", name=op.f("pk_referral_steps")),
    )
    op.create_table(
        "special_case_applications",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("institution_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("applied_by", sa.String(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('long_stay', 'high_cost', 'new_technology', 'critical', 'multi_department')",
            name=op.f("ck_special_case_applications_reason_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'in_review', 'decided', 'withdrawn')",
            name=op.f("ck_special_case_applications_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["applied_by"], ["users.user_id"], name=op.f("fk_special_case_applications_applied_by")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_special_case_applications")),
    )
    op.create_index(
        op.f("ix_special_case_applications_institution_id_state"),
        "special_case_applications",
        ["institution_id", "state"],
        unique=False,
    )
    op.create_index(
        "uq_special_case_applications_standing",
        "special_case_applications",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'withdrawn'"),
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "special_case_opinions",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("expert_id", sa.String(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("institution_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(opinion = 'adjusted') = (amount_fen IS NOT NULL)",
            name=op.f("ck_special_case_opinions_amount_where_adjusted"),
        ),
        sa.CheckConstraint(
            "opinion IN ('by_item', 'adjusted', 'refuse')", name=op.f("ck_special_case_opinions_opinion_is_known")
        ),
        sa.CheckConstraint(
            "amount_fen IS NULL OR amount_fen >= 0", name=op.f("ck_special_case_opinions_amount_not_below_zero")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["special_case_applications.application_id"],
            name=op.f("fk_special_case_opinions_application_id"),
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["users.user_id"], name=op.f("fk_special_case_opinions_expert_id")),
        sa.PrimaryKeyConstraint("application_id", "expert_id", name=op.f("pk_special_case_opinions")),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("institution_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["users.user_id"], name=op.f("fk_decisions_decided_by")),
        sa.ForeignKeyConstraint(["replaces"], ["decisions.decision_id"], name=op.f("fk_decisions_replaces")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("replaces", name=op.f("uq_decisions_replaces")),
    )
    op.create_index(op.f("ix_decisions_object_kind_object_id"), "decisions", ["object_kind", "object_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words_zh", sa.String(), nullable=False),
        sa.Column("words_en", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_user_id_created_at"), "notices", ["user_id", "created_at"], unique=False)


def downgrade() -> None:
    """Take them away, with what they hold."""
    op.drop_table("notices")
    op.drop_table("decisions")
    op.drop_table("special_case_opinions")
    op.drop_table("special_case_applications")
    op.drop_table("referral_steps")
    op.drop_table("referrals")
    op.drop_table("idempotency_keys")
    op.drop_table("uploads")
    op.drop_table("run_orders")
    op.drop_table("policy_changes")
