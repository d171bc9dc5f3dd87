"""The sixth state: printers, their members, commands and print jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_digest = sa.String(64)
_id = sa.String(36)
_ms = sa.BigInteger


def upgrade() -> None:
    """Add what the fifth state lacks."""
    _printers()
    _printer_members()
    _registration_codes()
    _print_jobs()
    _commands()
    _callbacks()


def downgrade() -> None:
    """Take it away again, with all printers and what they have printed."""
    for table in ("callbacks", "commands", "print_jobs", "registration_codes", "printer_members", "printers"):
        op.drop_table(table)


def _printers() -> None:
    op.create_table(
        "printers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_digest", _digest, nullable=False, unique=True),
        sa.Column("type_id", sa.String(64), nullable=False),
        sa.Column("firmware", sa.String(256), nullable=False),
        sa.Column("serial_number", sa.String(256)),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("created_at", _ms, nullable=False),
        sa.Column("seen_at", _ms),
        sa.Column("report", sa.JSON(none_as_null=True)),
        sa.Column("base_url", sa.String(512), nullable=False),
        sqlite_autoincrement=True,
    )


def _printer_members() -> None:
    op.create_table(
        "printer_members",
        sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("principal_id", _id, sa.ForeignKey("principals.id"), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("is_printer_scoped", sa.Boolean, nullable=False),
        sa.Column("is_job_scoped", sa.Boolean, nullable=False),
        sa.Column("joined_at", _ms, nullable=False),
    )
    op.create_index(op.f("ix_printer_members_principal_id"), "printer_members", ["principal_id"])


def _registration_codes() -> None:
    op.create_table(
        "registration_codes",
        sa.Column("code", sa.String(16), primary_key=True),
        sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("created_at", _ms, nullable=False),
        sa.Column("expires_at", _ms, nullable=False),
    )
    op.create_index(op.f("ix_registration_codes_printer_id"), "registration_codes", ["printer_id"])
    op.create_index(op.f("ix_registration_codes_expires_at"), "registration_codes", ["expires_at"])


def _print_jobs() -> None:
    op.create_table(
        "print_jobs",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="SET NULL")),
        sa.Column("owner_id", _id, sa.ForeignKey("principals.id"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("local", sa.Boolean, nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("printable_blob", _digest),
        sa.Column("printable_name", sa.String(1024)),
        sa.Column("printable_url", sa.String(2048)),
        sa.Column("settings", sa.JSON(none_as_null=True)),
        sa.Column("report", sa.JSON(none_as_null=True)),
        sa.Column("custom_data", sa.JSON(none_as_null=True)),
        sa.Column("comment", sa.Text),
        sa.Column("callback_url", sa.String(2048)),
        sa.Column("callback_interval_s", sa.Integer),
        sa.Column("callback_state", sa.String(16)),
        sa.Column("called_back_at", _ms),
        sa.Column("created_at", _ms, nullable=False),
        sa.Column("changed_at", _ms, nullable=False),
        sa.Column("queued_at", _ms),
        sa.Column("sent_at", _ms),
        sa.Column("ended_at", _ms),
        sa.UniqueConstraint("printer_id", "id"),
    )
    op.create_index(op.f("ix_print_jobs_id"), "print_jobs", ["id"])
    op.create_index(op.f("ix_print_jobs_printable_blob"), "print_jobs", ["printable_blob"])
    op.create_index(op.f("ix_print_jobs_owner_id_created_at"), "print_jobs", ["owner_id", "created_at"])
    op.create_index(op.f("ix_print_jobs_printer_id_state"), "print_jobs", ["printer_id", "state"])


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("id", _id, nullable=False, unique=True),
        sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sender_id", _id, sa.ForeignKey("principals.id"), nullable=False),
        sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE")),
        sa.Column("command", sa.String(64), nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("created_at", _ms, nullable=False),
        sa.Column("expires_at", _ms, nullable=False),
        sa.Column("sent_at", _ms),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("heard_at", _ms),
        sa.Column("ended_at", _ms),
        sa.Column("acks", sa.Integer, nullable=False),
        sa.Column("ack", sa.JSON(none_as_null=True)),
        sa.Column("acked_at", _ms),
        sa.Column("file_id", _id),
    )
    op.create_index(op.f("ix_commands_job_key"), "commands", ["job_key"])
    op.create_index(op.f("ix_commands_printer_id"), "commands", ["printer_id"])
    op.create_index(
        op.f("ix_commands_ended_at_heard_at_printer_id"), "commands", ["ended_at", "heard_at", "printer_id"]
    )


def _callbacks() -> None:
    op.create_table(
        "callbacks",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("host", sa.String(300), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("created_at", _ms, nullable=False),
        sa.Column("due_at", _ms, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_callbacks_job_key"), "callbacks", ["job_key"])
    op.create_index(op.f("ix_callbacks_due_at"), "callbacks", ["due_at"])
