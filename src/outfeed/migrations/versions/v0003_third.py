"""The third state: meshes that were analysed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the second state lacks."""
    with op.batch_alter_table("meshes") as meshes:
        meshes.add_column(sa.Column("analysis", sa.String(64), nullable=True))
        meshes.create_index(op.f("ix_meshes_analysis"), ["analysis"])


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("meshes") as meshes:
        meshes.drop_index(op.f("ix_meshes_analysis"))
        meshes.drop_column("analysis")
