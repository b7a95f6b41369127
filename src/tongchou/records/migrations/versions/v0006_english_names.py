"""English names: what users are called on English pages, where that is another name."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; who has none is called the same on every page."""
    op.add_column("users", sa.Column("english_name", sa.String(), nullable=True))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("users", "english_name")
