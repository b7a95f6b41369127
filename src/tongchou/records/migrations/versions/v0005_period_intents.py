"""Intents: changes of ledger periods that are about to be made, kept until they are noted in the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "period_intents",
        sa.Column("intent_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("changes_before", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'locked', 'closed')", name=op.f("ck_period_intents_state_is_known")),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_period_intents")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("period_intents")
