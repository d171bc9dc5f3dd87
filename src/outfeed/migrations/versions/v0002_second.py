"""The second state: previews of meshes; the whole object storage."""

from typing import Any

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
    with op.batch_alter_table("buckets") as buckets:
        buckets.add_column(sa.Column("region", sa.String(8), nullable=True))
    _widen_objects()
    _signed_resources()
    _resumables()


def _thumbnails() -> None:
    op.create_table(
        "thumbnails",
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_thumbnails_principal_id")),
        sa.PrimaryKeyConstraint("principal_id", "key", name=op.f("pk_thumbnails")),
    )
    op.create_index(op.f("ix_thumbnails_blob"), "thumbnails", ["blob"])


def _widen_objects() -> None:
    """
    Make `objects` anew: SQLite adds no column that must have a value.

    What is there stays until somebody deletes it, whatever its bucket's policy: the first state promised that.
    """
    op.execute("CREATE TABLE objects_kept AS SELECT * FROM objects")
    op.drop_table("objects")
    op.create_table(
        "objects",
        *_first_columns(),
        sa.Column("content_disposition", sa.String(1024), nullable=True),
        sa.Column("content_encoding", sa.String(256), nullable=True),
        sa.Column("cache_control", sa.String(256), nullable=True),
        sa.Column("user_metadata", sa.String(100), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("accessed_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        *_object_constraints(),
    )
    op.create_index(op.f("ix_objects_blob"), "objects", ["blob"])
    op.create_index(op.f("ix_objects_expires_at"), "objects", ["expires_at"])
    op.execute(
        "INSERT INTO objects (bucket_key, name, blob, sha1, size, content_type, created_at, modified_at) "
        "SELECT bucket_key, name, blob, sha1, size, content_type, created_at, created_at FROM objects_kept"
    )
    op.drop_table("objects_kept")


def _first_columns() -> list[sa.Column[Any]]:
    """Return the columns that objects have in both states, but for the time."""
    return [
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(256), nullable=False),
    ]


def _object_constraints() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["bucket_key"], ["buckets.key"], name=op.f("fk_objects_bucket_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bucket_key", "name", name=op.f("pk_objects")),
    ]


def _signed_resources() -> None:
    op.create_table(
        "signed_resources",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("access", sa.String(16), nullable=False),
        sa.Column("single_use", sa.Boolean(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bucket_key", "name"],
            ["objects.bucket_key", "objects.name"],
            name=op.f("fk_signed_resources_bucket_key_name"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_signed_resources")),
    )
    op.create_index(op.f("ix_signed_resources_expires_at"), "signed_resources", ["expires_at"])
    op.create_index("ix_signed_resources_bucket_key_name", "signed_resources", ["bucket_key", "name"])


def _resumables() -> None:
    op.create_table(
        "resumables",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("sender", sa.String(80), nullable=False),
        sa.Column("session", sa.String(256), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket_key"], ["buckets.key"], name=op.f("fk_resumables_bucket_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resumables")),
        sa.UniqueConstraint(
            "bucket_key", "name", "sender", "session", name=op.f("uq_resumables_bucket_key_name_sender_session")
        ),
    )
    op.create_index(op.f("ix_resumables_expires_at"), "resumables", ["expires_at"])
    op.create_table(
        "resumable_chunks",
        sa.Column("resumable_id", sa.String(36), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("stop", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["resumable_id"], ["resumables.id"], name=op.f("fk_resumable_chunks_resumable_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resumable_id", "start", name=op.f("pk_resumable_chunks")),
    )
    op.create_index(op.f("ix_resumable_chunks_blob"), "resumable_chunks", ["blob"])


def _narrow_objects() -> None:
    """Give `objects` its first shape again."""
    op.execute("CREATE TABLE objects_kept AS SELECT * FROM objects")
    op.drop_table("objects")
    op.create_table(
        "objects",
        *_first_columns(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        *_object_constraints(),
    )
    op.create_index(op.f("ix_objects_blob"), "objects", ["blob"])
    op.execute(
        "INSERT INTO objects (bucket_key, name, blob, sha1, size, content_type, created_at) "
        "SELECT bucket_key, name, blob, sha1, size, content_type, modified_at FROM objects_kept"
    )
    op.drop_table("objects_kept")


def downgrade() -> None:
    """Take it away again."""
    for table in ("resumable_chunks", "resumables", "signed_resources"):
        op.drop_table(table)
    _narrow_objects()
    with op.batch_alter_table("buckets") as buckets:
        buckets.drop_column("region")
    op.drop_table("thumbnails")
    with op.batch_alter_table("meshes") as meshes:
        meshes.drop_column("visual")
