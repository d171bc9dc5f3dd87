"""The first state: who acts, what they store, what is made of it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, each after the ones that it names."""
    _principals()
    _signing_keys()
    _apps()
    _files()
    _jobs()
    _meshes()
    _buckets()
    _exports()
    _bucket_grants()
    _objects()
    _uploads()
    _upload_parts()


def _principals() -> None:
    op.create_table(
        "principals",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principals")),
        sa.UniqueConstraint("email", name=op.f("uq_principals_email")),
    )


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("private", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )


def _apps() -> None:
    op.create_table(
        "apps",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=True),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["principals.id"], name=op.f("fk_apps_owner_id")),
        sa.ForeignKeyConstraint(["service_id"], ["principals.id"], name=op.f("fk_apps_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apps")),
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_files_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_blob"), "files", ["blob"])
    op.create_index(op.f("ix_files_principal_id"), "files", ["principal_id"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error_code", sa.String(64), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_jobs_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_principal_id_turn", "jobs", ["principal_id", "turn"])
    op.create_index("ix_jobs_state_turn", "jobs", ["state", "turn"])


def _meshes() -> None:
    op.create_table(
        "meshes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("door", sa.String(8), nullable=False),
        sa.Column("transform", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_meshes_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meshes")),
    )
    op.create_index(op.f("ix_meshes_blob"), "meshes", ["blob"])
    op.create_index(op.f("ix_meshes_principal_id"), "meshes", ["principal_id"])


def _buckets() -> None:
    op.create_table(
        "buckets",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("app_id", sa.String(64), nullable=True),
        sa.Column("principal_id", sa.String(36), nullable=True),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(app_id IS NULL) <> (principal_id IS NULL)", name="ck_buckets_one_owner"),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name=op.f("fk_buckets_app_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_buckets_principal_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_buckets")),
    )


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("mesh_id", sa.String(36), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("door", sa.String(8), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_exports_job_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_exports_principal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("job_id", name=op.f("uq_exports_job_id")),
    )
    op.create_index("ix_exports_principal_id_key", "exports", ["principal_id", "key"])


def _bucket_grants() -> None:
    op.create_table(
        "bucket_grants",
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("app_id", sa.String(64), nullable=False),
        sa.Column("access", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket_key"], ["buckets.key"], name=op.f("fk_bucket_grants_bucket_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bucket_key", "app_id", name=op.f("pk_bucket_grants")),
    )


def _objects() -> None:
    op.create_table(
        "objects",
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket_key"], ["buckets.key"], name=op.f("fk_objects_bucket_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bucket_key", "name", name=op.f("pk_objects")),
    )
    op.create_index(op.f("ix_objects_blob"), "objects", ["blob"])


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("bucket_key", sa.String(128), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("blob", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bucket_key"], ["buckets.key"], name=op.f("fk_uploads_bucket_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"])


def _upload_parts() -> None:
    op.create_table(
        "upload_parts",
        sa.Column("upload_key", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_key"], ["uploads.key"], name=op.f("fk_upload_parts_upload_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_key", "number", name=op.f("pk_upload_parts")),
    )


def downgrade() -> None:
    """Drop all tables, those that name others first."""
    for table in (
        "upload_parts",
        "uploads",
        "objects",
        "bucket_grants",
        "exports",
        "buckets",
        "meshes",
        "jobs",
        "files",
        "apps",
        "signing_keys",
        "principals",
    ):
        op.drop_table(table)
