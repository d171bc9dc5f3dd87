"""The second state: previews of meshes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the first state lacks."""
    with op.batch_alter_table("meshes") as meshes:
        meshes.add_column(sa.Column("visual", sa.JSON(), nullable=True))
    _thumbnails()


def _thumbnails() -> None:
    op.create_table(
        "thumbnails",
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_thumbnails_principal_id")),
        sa.PrimaryKeyConstraint("principal_id", "key", name=op.f("pk_thumbnails")),
    )
    op.create_index(op.f("ix_thumbnails_blob"), "thumbnails", ["blob"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("thumbnails")
    with op.batch_alter_table("meshes") as meshes:
        meshes.drop_column("visual")
