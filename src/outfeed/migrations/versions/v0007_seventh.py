"""The seventh state: when a printer began anew, and when it last named a print."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the sixth state lacks."""
    op.add_column("printers", sa.Column("began_at", sa.BigInteger))
    op.add_column("print_jobs", sa.Column("named_at", sa.BigInteger))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("print_jobs", "named_at")
    op.drop_column("printers", "began_at")
