"""The fourth state: projects, models and their versions, and what versions were exported as."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the third state lacks."""
    _projects()
    _artifact_files()
    _models()
    _project_members()
    _model_uploads()
    _named_versions()
    _share_keys()
    _versions()
    _model_exports()
    _model_upload_blocks()


def downgrade() -> None:
    """Take it away again."""
    for table in (
        "model_upload_blocks",
        "model_exports",
        "versions",
        "share_keys",
        "named_versions",
        "model_uploads",
        "project_members",
        "models",
        "artifact_files",
        "projects",
    ):
        op.drop_table(table)


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("number", sa.String(255), nullable=False),
        sa.Column("class_name", sa.String(32), nullable=False),
        sa.Column("sub_class", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_by", sa.String(36), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_projects_created_by")),
        sa.ForeignKeyConstraint(["modified_by"], ["principals.id"], name=op.f("fk_projects_modified_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )


def _artifact_files() -> None:
    op.create_table(
        "artifact_files",
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("path", sa.String(512), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_artifact_files_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "path", name=op.f("pk_artifact_files")),
    )
    op.create_index(op.f("ix_artifact_files_blob"), "artifact_files", ["blob"])


def _models() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("extent", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_models_created_by")),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_models_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_models_project_id_name")),
    )


def _project_members() -> None:
    op.create_table(
        "project_members",
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("principal_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("favorite", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["principal_id"], ["principals.id"], name=op.f("fk_project_members_principal_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_members_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "principal_id", name=op.f("pk_project_members")),
    )
    op.create_index(op.f("ix_project_members_principal_id"), "project_members", ["principal_id"])


def _model_uploads() -> None:
    op.create_table(
        "model_uploads",
        sa.Column("model_id", sa.String(36), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(64), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=True),
        sa.Column("sha1", sa.String(40), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_model_uploads_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_model_uploads")),
    )
    op.create_index(op.f("ix_model_uploads_blob"), "model_uploads", ["blob"])
    op.create_index(op.f("ix_model_uploads_expires_at"), "model_uploads", ["expires_at"])


def _named_versions() -> None:
    op.create_table(
        "named_versions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("model_id", sa.String(36), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_named_versions_created_by")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_named_versions_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_versions")),
        sa.UniqueConstraint("model_id", "name", name=op.f("uq_named_versions_model_id_name")),
    )


def _share_keys() -> None:
    op.create_table(
        "share_keys",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("model_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_share_keys_model_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_share_keys")),
        sa.UniqueConstraint("id", name=op.f("uq_share_keys_id")),
    )
    op.create_index(op.f("ix_share_keys_model_id"), "share_keys", ["model_id"])


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("model_id", sa.String(36), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("changeset_id", sa.String(40), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(1024), nullable=False),
        sa.Column("description", sa.String(255), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_versions_created_by")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_versions_model_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("model_id", "changeset_id", name=op.f("uq_versions_model_id_changeset_id")),
        sa.UniqueConstraint("model_id", "index", name=op.f("uq_versions_model_id_index")),
    )
    op.create_index(op.f("ix_versions_blob"), "versions", ["blob"])


def _model_exports() -> None:
    op.create_table(
        "model_exports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("version_id", sa.String(36), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_model_exports_created_by")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_model_exports_job_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_model_exports_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_exports")),
    )
    op.create_index(op.f("ix_model_exports_job_id"), "model_exports", ["job_id"])
    op.create_index(op.f("ix_model_exports_key"), "model_exports", ["key"])
    op.create_index("ix_model_exports_version_id_type", "model_exports", ["version_id", "type"])


def _model_upload_blocks() -> None:
    op.create_table(
        "model_upload_blocks",
        sa.Column("model_id", sa.String(36), nullable=False),
        sa.Column("block_id", sa.String(128), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_uploads.model_id"], name=op.f("fk_model_upload_blocks_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "block_id", name=op.f("pk_model_upload_blocks")),
    )
    op.create_index(op.f("ix_model_upload_blocks_blob"), "model_upload_blocks", ["blob"])
