"""Attempts: who works on a request under an idempotency key, so that one left behind can be taken up by another."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a request begun before has no attempt, and is taken up once its time is over."""
    op.add_column("idempotency_keys", sa.Column("attempt", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("idempotency_keys", "attempt")
