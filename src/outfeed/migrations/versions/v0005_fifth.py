"""The fifth state: folders, pages of drawings, markups, exports of sheets, and derivatives."""

import re
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: What the library calls them; a migration keeps words of its own.
_BUCKET = "wip.dm.prod"
#: What a client's own bucket of that key is called from then on, and who names buckets.
_BUCKET_BEFORE = "wip.dm.prod-before"
_NAMING = {
    "buckets": "key",
    "bucket_grants": "bucket_key",
    "objects": "bucket_key",
    "signed_resources": "bucket_key",
    "uploads": "bucket_key",
    "resumables": "bucket_key",
}
_SUFFIX = re.compile(r"\.[0-9a-z]{1,8}$")
_FOLDERS = (("plans", "Plans"), ("files", "Project Files"))


def upgrade() -> None:
    """Add what the fourth state lacks. Foreign keys are not enforced while a database is migrated."""
    _folders()
    _folders_of_projects()
    _models()
    _pages()
    _drawings()
    _storages()
    _free_bucket()
    _storages_of_versions()
    _markups()
    _sheet_exports()
    _derivatives()


def downgrade() -> None:
    """Take it away again; pages go, and so do files that have the name of another one in their project."""
    for table in ("derivatives", "sheet_exports", "markups", "storages", "drawings", "pages"):
        op.drop_table(table)
    for table, column in _NAMING.items():
        named: sa.ColumnClause[str] = sa.column(column)
        op.execute(sa.delete(sa.table(table, named)).where(named == _BUCKET))
    op.execute("DELETE FROM models WHERE kind = 'page'")
    op.execute("DELETE FROM models WHERE id NOT IN (SELECT min(id) FROM models GROUP BY project_id, name)")
    op.drop_index(op.f("ix_models_folder_id_name"), "models")
    op.drop_index(op.f("ix_models_project_id_name"), "models")
    with op.batch_alter_table("models") as models:
        models.create_unique_constraint(op.f("uq_models_project_id_name"), ["project_id", "name"])
        models.drop_constraint(op.f("fk_models_folder_id"), type_="foreignkey")
        for column in ("folder_id", "kind", "hidden"):
            models.drop_column(column)
    op.drop_table("folders")


def _folders() -> None:
    op.create_table(
        "folders",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("parent_id", sa.String(36), nullable=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_by", sa.String(36), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_folders_created_by")),
        sa.ForeignKeyConstraint(["modified_by"], ["principals.id"], name=op.f("fk_folders_modified_by")),
        sa.ForeignKeyConstraint(["parent_id"], ["folders.id"], name=op.f("fk_folders_parent_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_folders_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
    )
    op.create_index(op.f("ix_folders_parent_id"), "folders", ["parent_id"])
    op.create_index(op.f("ix_folders_project_id_kind"), "folders", ["project_id", "kind"])


def _folders_of_projects() -> None:
    connection = op.get_bind()
    for project in connection.exec_driver_sql("SELECT id, created_by, created_at FROM projects").all():
        root = str(uuid.uuid4())
        rows = [_folder(project, root, None, "root", "Project Root Folder")]
        rows += [_folder(project, str(uuid.uuid4()), root, kind, name) for kind, name in _FOLDERS]
        for row in rows:
            connection.execute(sa.insert(sa.table("folders", *map(sa.column, row))).values(row))


def _folder(project: sa.Row[Any], id_: str, parent: str | None, kind: str, name: str) -> dict[str, Any]:
    by, at = project.created_by, project.created_at
    made = {"created_by": by, "created_at": at, "modified_by": by, "modified_at": at}
    return {
        "id": id_,
        "project_id": project.id,
        "parent_id": parent,
        "kind": kind,
        "name": name,
        "hidden": False,
    } | made


def _models() -> None:
    """Let models lie in folders, and files of different folders have one name."""
    op.add_column("models", sa.Column("folder_id", sa.String(36), nullable=True))
    op.add_column("models", sa.Column("kind", sa.String(8), nullable=True))
    op.add_column("models", sa.Column("hidden", sa.Boolean(), nullable=True))
    op.execute(
        "UPDATE models SET kind = 'file', hidden = false, folder_id = "
        "(SELECT id FROM folders WHERE folders.project_id = models.project_id AND folders.kind = 'files')"
    )
    with op.batch_alter_table("models") as models:
        models.drop_constraint(op.f("uq_models_project_id_name"), type_="unique")
        models.create_foreign_key(op.f("fk_models_folder_id"), "folders", ["folder_id"], ["id"])
        models.alter_column("folder_id", existing_type=sa.String(36), nullable=False)
        models.alter_column("kind", existing_type=sa.String(8), nullable=False)
        models.alter_column("hidden", existing_type=sa.Boolean(), nullable=False)
    op.create_index(op.f("ix_models_project_id_name"), "models", ["project_id", "name"])
    op.create_index(op.f("ix_models_folder_id_name"), "models", ["folder_id", "name"])


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("version_id", sa.String(36), nullable=False),
        sa.Column("source_id", sa.String(36), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("width_pt", sa.Float(), nullable=False),
        sa.Column("height_pt", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["versions.id"], name=op.f("fk_pages_source_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_pages_version_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_pages")),
        sa.UniqueConstraint("source_id", "index", name=op.f("uq_pages_source_id_index")),
    )


def _drawings() -> None:
    op.create_table(
        "drawings",
        sa.Column("version_id", sa.String(36), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("blob", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_drawings_job_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_drawings_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_drawings")),
    )
    op.create_index(op.f("ix_drawings_blob"), "drawings", ["blob"])
    op.create_index(op.f("ix_drawings_job_id"), "drawings", ["job_id"])


def _storages() -> None:
    op.create_table(
        "storages",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("version_id", sa.String(36), nullable=True),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_storages_created_by")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_storages_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_storages_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_storages")),
        sa.UniqueConstraint("version_id", name=op.f("uq_storages_version_id")),
    )
    op.create_index(op.f("ix_storages_expires_at"), "storages", ["expires_at"])


def _free_bucket() -> None:
    """Give a bucket that a client has made under the key of the shared one another key, with all that is in it."""
    for table, column in _NAMING.items():
        named: sa.ColumnClause[str] = sa.column(column)
        op.execute(sa.update(sa.table(table, named)).where(named == _BUCKET).values({column: _BUCKET_BEFORE}))


def _storages_of_versions() -> None:
    """Give the bytes of the versions that there are names in the bucket that all projects share."""
    connection = op.get_bind()
    found = connection.exec_driver_sql(
        "SELECT versions.*, models.project_id FROM versions JOIN models ON models.id = versions.model_id"
    ).all()
    if not found:
        return
    oldest = min(version.created_at for version in found)
    bucket = {"key": _BUCKET, "app_id": "cli", "policy": "transient", "created_at": oldest}
    connection.execute(sa.insert(sa.table("buckets", *map(sa.column, bucket))).values(bucket))
    for version in found:
        suffix = _SUFFIX.search(version.file_name.lower())
        _storage(connection, version, str(uuid.uuid4()) + (suffix[0] if suffix else ""))


def _storage(connection: sa.Connection, version: sa.Row[Any], name: str) -> None:
    storage = {
        "name": name,
        "project_id": version.project_id,
        "version_id": version.id,
        "created_by": version.created_by,
        "created_at": version.created_at,
    }
    record = {
        "bucket_key": _BUCKET,
        "name": name,
        "blob": version.blob,
        "sha1": version.sha1,
        "size": version.size,
        "content_type": "application/octet-stream",
        "created_at": version.created_at,
        "modified_at": version.created_at,
    }
    connection.execute(sa.insert(sa.table("storages", *map(sa.column, storage))).values(storage))
    connection.execute(sa.insert(sa.table("objects", *map(sa.column, record))).values(record))


def _markups() -> None:
    op.create_table(
        "markups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version_id", sa.String(36), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["principals.id"], name=op.f("fk_markups_owner_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_markups_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markups")),
    )
    op.create_index(op.f("ix_markups_version_id_page"), "markups", ["version_id", "page"])


def _sheet_exports() -> None:
    op.create_table(
        "sheet_exports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("project_id", sa.String(36), nullable=False),
        sa.Column("version_id", sa.String(36), nullable=True),
        sa.Column("file_name", sa.String(300), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_sheet_exports_created_by")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_sheet_exports_job_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_sheet_exports_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_sheet_exports_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_exports")),
    )
    for column in ("job_id", "key", "version_id"):
        op.create_index(op.f(f"ix_sheet_exports_{column}"), "sheet_exports", [column])


def _derivatives() -> None:
    op.create_table(
        "derivatives",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(1400), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["principals.id"], name=op.f("fk_derivatives_created_by")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_derivatives_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivatives")),
        sa.UniqueConstraint("source", "format", name=op.f("uq_derivatives_source_format")),
    )
    op.create_index(op.f("ix_derivatives_blob"), "derivatives", ["blob"])
    op.create_index(op.f("ix_derivatives_job_id"), "derivatives", ["job_id"])
