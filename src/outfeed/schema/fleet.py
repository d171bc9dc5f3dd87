"""Printers, their members, what they are told and what they print."""

import sqlalchemy as sa

from outfeed.schema.base import DIGEST, ID, MS, metadata

#: Machines that print. Their ids are small numbers: printers and clients take them for integers.
printers = sa.Table(
    "printers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_digest", DIGEST, nullable=False, unique=True),  # SHA-256 of what the printer signs in with
    sa.Column("type_id", sa.String(64), nullable=False),  # of the printer definitions
    sa.Column("firmware", sa.String(256), nullable=False),
    sa.Column("serial_number", sa.String(256)),
    sa.Column("name", sa.String(256), nullable=False),  # empty until somebody has claimed it
    sa.Column("created_at", MS, nullable=False),
    sa.Column("seen_at", MS),  # when it was last heard of; null: not since it was registered
    sa.Column("report", sa.JSON(none_as_null=True)),  # what it last said of itself, as it came
    sa.Column("base_url", sa.String(512), nullable=False),  # by which it calls this server, for what it fetches
    sa.Column("began_at", MS),  # when it last came back with its token: what it was doing then is gone
    sqlite_autoincrement=True,  # a number is never given twice: channels are named by it
)

#: Who may use a printer. One of them, the primary member, owns it; without one nobody has claimed it.
printer_members = sa.Table(
    "printer_members",
    metadata,
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("principal_id", ID, sa.ForeignKey("principals.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # primary, secondary
    sa.Column("is_printer_scoped", sa.Boolean, nullable=False),  # may send commands to the machine
    sa.Column("is_job_scoped", sa.Boolean, nullable=False),  # may send commands to others' jobs
    sa.Column("joined_at", MS, nullable=False),
)

#: What a printer shows and a member types to claim it, or to join those who use it. Each works once.
registration_codes = sa.Table(
    "registration_codes",
    metadata,
    sa.Column("code", sa.String(16), primary_key=True),
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # primary, secondary
    sa.Column("email", sa.String(320)),  # of the only user that it is for; null: whoever has it
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False, index=True),
)

#: What somebody prints, or a printer prints by itself. A printer's own names for its jobs are no UUIDs.
print_jobs = sa.Table(
    "print_jobs",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),  # ours, nobody sees it
    sa.Column("id", sa.String(255), nullable=False, index=True),
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="SET NULL")),  # null: none yet, or gone
    sa.Column("owner_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("local", sa.Boolean, nullable=False),  # the printer has begun it
    sa.Column("name", sa.String(256), nullable=False),
    sa.Column("printable_blob", DIGEST, index=True),  # null: at an address, none yet, or let go because it is over
    sa.Column("printable_name", sa.String(1024)),
    sa.Column("printable_url", sa.String(2048)),
    sa.Column("settings", sa.JSON(none_as_null=True)),
    sa.Column("report", sa.JSON(none_as_null=True)),  # what the printer last said of it, as it came
    sa.Column("custom_data", sa.JSON(none_as_null=True)),  # the member's own
    sa.Column("comment", sa.Text),
    sa.Column("callback_url", sa.String(2048)),
    sa.Column("callback_interval_s", sa.Integer),  # null: each change
    sa.Column("callback_state", sa.String(16)),  # asked, supported, refused; null: there is none
    sa.Column("called_back_at", MS),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("changed_at", MS, nullable=False),  # of the state or the report
    sa.Column("queued_at", MS),
    sa.Column("sent_at", MS),
    sa.Column("ended_at", MS),
    sa.Column("named_at", MS),  # when a status of its printer last named it; null: none has
    sa.UniqueConstraint("printer_id", "id"),
    sa.Index("ix_print_jobs_owner_id_created_at", "owner_id", "created_at"),
    sa.Index("ix_print_jobs_printer_id_state", "printer_id", "state"),
)

#: What a printer was told to do: kept until it has said that it heard, sent again until then.
commands = sa.Table(
    "commands",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),  # in the order in which they were given
    sa.Column("id", ID, nullable=False, unique=True),  # the task that the printer acknowledges
    sa.Column("printer_id", sa.Integer, sa.ForeignKey("printers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("sender_id", ID, sa.ForeignKey("principals.id"), nullable=False),
    sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE"), index=True),
    sa.Column("command", sa.String(64), nullable=False),
    sa.Column("message", sa.JSON, nullable=False),  # what is sent, whole
    sa.Column("created_at", MS, nullable=False),
    sa.Column("expires_at", MS, nullable=False),  # unheard of by then, it is not sent any more
    sa.Column("sent_at", MS),  # last
    sa.Column("sends", sa.Integer, nullable=False),
    sa.Column("heard_at", MS),  # of the first acknowledgement; null: it is sent again
    sa.Column("ended_at", MS),  # of the first that says it is done; of its withdrawal, or when its time was over
    sa.Column("acks", sa.Integer, nullable=False),
    sa.Column("ack", sa.JSON(none_as_null=True)),  # the last one, as it came
    sa.Column("acked_at", MS),
    sa.Column("file_id", ID),  # of what the printer has sent back: its logs
    sa.Index("ix_commands_ended_at_heard_at_printer_id", "ended_at", "heard_at", "printer_id"),
)

#: What clients are still to be told about print jobs.
callbacks = sa.Table(
    "callbacks",
    metadata,
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("job_key", sa.Integer, sa.ForeignKey("print_jobs.key", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # support, status, progress
    sa.Column("url", sa.String(2048), nullable=False),
    sa.Column("host", sa.String(300), nullable=False),  # of the URL, with its port: each has a few calls at a time
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created_at", MS, nullable=False),
    sa.Column("due_at", MS, nullable=False, index=True),  # a process that has taken it moves this on
    sa.Column("attempts", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
