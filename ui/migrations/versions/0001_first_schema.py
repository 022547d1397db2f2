"""The first schema: stations, readings, cases, the journal, accounts, warnings and their outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )
    op.create_table(
        "console_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("warning", sa.String(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_message")),
        sa.UniqueConstraint("reference", name=op.f("uq_console_message_reference")),
    )
    op.create_index(op.f("ix_console_message_warning"), "console_message", ["warning"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hazard", sa.String(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("peak_level", sa.SmallInteger(), nullable=False),
        sa.Column("official_level", sa.SmallInteger(), nullable=True),
        sa.Column("risk_reference", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("title", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stood_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attracts_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_key", sa.String(), nullable=True),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (outcome is not null)", name=op.f("ck_incident_outcome")),
        sa.CheckConstraint(
            "state in ('new', 'acknowledged', 'responding', 'contained', 'closed')", name=op.f("ck_incident_state")
        ),
        sa.CheckConstraint("level between 0 and 5 and peak_level between 0 and 5", name=op.f("ck_incident_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_number")),
    )
    op.create_index(op.f("ix_incident_area"), "incident", ["area"], unique=False)
    op.create_index(op.f("ix_incident_opened_at"), "incident", ["opened_at"], unique=False)
    op.create_index("ix_incident_state_level", "incident", ["state", "level"], unique=False)
    op.create_index(
        "uq_incident_event_key",
        "incident",
        ["event_key"],
        unique=True,
        postgresql_where=sa.text("event_key is not null"),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_kind"), "journal", ["kind"], unique=False)
    op.create_index(op.f("ix_journal_subject"), "journal", ["subject"], unique=False)
    op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("incident_number", sa.Integer(), nullable=False),
        sa.Column("warning_number", sa.Integer(), nullable=False),
        sa.Column("data_now", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=True),
        sa.Column("boot", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_station"), "quarantine", ["station"], unique=False)
    op.create_table(
        "reader_cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reader_cursor")),
    )
    op.create_table(
        "reading",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("property", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False, comment="microseconds since 1970, UTC"),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), server_default="", nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("station", "property", "observed_at", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recipient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_fingerprint", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("added_seq", sa.BigInteger(), nullable=False),
        sa.Column("ended_seq", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("basis in ('consent', 'emergency', 'statutory')", name=op.f("ck_recipient_basis")),
        sa.CheckConstraint("channel in ('sms', 'call')", name=op.f("ck_recipient_channel")),
        sa.CheckConstraint("language in ('vi', 'en')", name=op.f("ck_recipient_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("phone_fingerprint", name=op.f("uq_recipient_phone_fingerprint")),
    )
    op.create_index(op.f("ix_recipient_area"), "recipient", ["area"], unique=False)
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "station",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("river", sa.String(), nullable=True),
        sa.Column("chainage_km", sa.Float(), nullable=True),
        sa.Column("thresholds", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("sources", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("people_exposed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("from_pack", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    )
    op.create_index(op.f("ix_station_area"), "station", ["area"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_index("uq_timer_subject", "timer", ["kind", "subject"], unique=True)
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("risk_reference", sa.SmallInteger(), nullable=True),
        sa.Column("detached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_evidence_incident_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_incident"), "evidence", ["incident"], unique=False)
    op.create_index("uq_evidence_source", "evidence", ["incident", "source", "ref"], unique=True)
    op.create_table(
        "login",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_login_account_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login")),
    )
    op.create_index(op.f("ix_login_account"), "login", ["account"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_note_incident_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_incident"), "note", ["incident"], unique=False)
    op.create_table(
        "station_state",
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False, comment="JSON of eoc.hazards.StationState"),
        sa.ForeignKeyConstraint(
            ["station"], ["station.id"], name=op.f("fk_station_state_station_station"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_station_state")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'done', 'dropped')", name=op.f("ck_task_state")),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_task_incident_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_incident"), "task", ["incident"], unique=False)
    op.create_table(
        "warning",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("incident", sa.String(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("trigger_level", sa.SmallInteger(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("hazard", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_vi", sa.Text(), nullable=False),
        sa.Column("text_plain", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=True),
        sa.Column("areas", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authors", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_reason", sa.Text(), nullable=True),
        sa.Column("confirmed_count", sa.Integer(), nullable=True),
        sa.Column("reported", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'approved', 'sending', 'sent', 'cancelled', 'expired', 'rejected')",
            name=op.f("ck_warning_state"),
        ),
        sa.CheckConstraint("(approved_by is null) = (approved_at is null)", name=op.f("ck_warning_approved")),
        sa.CheckConstraint(
            "approved_by is null or (approved_by <> drafted_by and approved_by <> submitted_by)",
            name=op.f("ck_warning_two_persons"),
        ),
        sa.CheckConstraint("level between 0 and 5", name=op.f("ck_warning_level")),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_warning_incident_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning")),
        sa.UniqueConstraint("number", name=op.f("uq_warning_number")),
    )
    op.create_index(op.f("ix_warning_incident"), "warning", ["incident"], unique=False)
    op.create_index("ix_warning_state_expires_at", "warning", ["state", "expires_at"], unique=False)
    op.create_index("uq_warning_drafted_for", "warning", ["incident", "trigger_level", "template"], unique=True)
    op.create_table(
        "audience",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("warning", sa.String(), nullable=False),
        sa.Column("warning_version", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("areas", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("as_of_seq", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("after_priority", sa.BigInteger(), nullable=False),
        sa.Column("after_recipient", sa.BigInteger(), nullable=False),
        sa.Column("rows_written", sa.Integer(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["warning"], ["warning.id"], name=op.f("fk_audience_warning_warning")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
    )
    op.create_index(
        "ix_audience_unwritten",
        "audience",
        ["level"],
        unique=False,
        postgresql_where=sa.text("not written"),
        sqlite_where=sa.text("not written"),
    )
    op.create_index("uq_audience_warning", "audience", ["warning", "warning_version"], unique=True)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warning", sa.String(), nullable=False),
        sa.Column("warning_version", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("phone_fingerprint", sa.String(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unclear", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state <> 'sending' or (lease_owner is not null and due_at is not null)", name=op.f("ck_outbox_lease")
        ),
        sa.CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'expired')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["warning"], ["warning.id"], name=op.f("fk_outbox_warning_warning")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_live",
        "outbox",
        ["priority", "id"],
        unique=False,
        postgresql_where=sa.text("due_at is not null"),
        sqlite_where=sa.text("due_at is not null"),
    )
    op.create_index(
        "ix_outbox_provider_id",
        "outbox",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id is not null"),
        sqlite_where=sa.text("provider_id is not null"),
    )
    op.create_index("ix_outbox_warning_state", "outbox", ["warning", "state"], unique=False)
    op.create_index("uq_outbox_recipient", "outbox", ["warning", "warning_version", "phone_fingerprint"], unique=True)

    # The journal begins: nothing recorded, chained to 64 zeros.
    op.execute(
        "INSERT INTO journal_head (id, seq, hash, incident_number, warning_number, data_now) "
        "VALUES (1, 0, '" + "0" * 64 + "', 0, 0, 0)"
    )


def downgrade() -> None:
    op.drop_index("uq_outbox_recipient", table_name="outbox")
    op.drop_index("ix_outbox_warning_state", table_name="outbox")
    op.drop_index(
        "ix_outbox_provider_id",
        table_name="outbox",
        postgresql_where=sa.text("provider_id is not null"),
        sqlite_where=sa.text("provider_id is not null"),
    )
    op.drop_index(
        "ix_outbox_live",
        table_name="outbox",
        postgresql_where=sa.text("due_at is not null"),
        sqlite_where=sa.text("due_at is not null"),
    )
    op.drop_table("outbox")
    op.drop_index("uq_audience_warning", table_name="audience")
    op.drop_index(
        "ix_audience_unwritten",
        table_name="audience",
        postgresql_where=sa.text("not written"),
        sqlite_where=sa.text("not written"),
    )
    op.drop_table("audience")
    op.drop_index("uq_warning_drafted_for", table_name="warning")
    op.drop_index("ix_warning_state_expires_at", table_name="warning")
    op.drop_index(op.f("ix_warning_incident"), table_name="warning")
    op.drop_table("warning")
    op.drop_index(op.f("ix_task_incident"), table_name="task")
    op.drop_table("task")
    op.drop_table("station_state")
    op.drop_index(op.f("ix_note_incident"), table_name="note")
    op.drop_table("note")
    op.drop_index(op.f("ix_login_account"), table_name="login")
    op.drop_table("login")
    op.drop_index("uq_evidence_source", table_name="evidence")
    op.drop_index(op.f("ix_evidence_incident"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("uq_timer_subject", table_name="timer")
    op.drop_index(op.f("ix_timer_due_at"), table_name="timer")
    op.drop_table("timer")
    op.drop_index(op.f("ix_station_area"), table_name="station")
    op.drop_table("station")
    op.drop_table("setting")
    op.drop_index(op.f("ix_recipient_area"), table_name="recipient")
    op.drop_table("recipient")
    op.drop_table("reading")
    op.drop_table("reader_cursor")
    op.drop_index(op.f("ix_quarantine_station"), table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("journal_head")
    op.drop_index(op.f("ix_journal_subject"), table_name="journal")
    op.drop_index(op.f("ix_journal_kind"), table_name="journal")
    op.drop_table("journal")
    op.drop_index("uq_incident_event_key", table_name="incident", postgresql_where=sa.text("event_key is not null"))
    op.drop_index("ix_incident_state_level", table_name="incident")
    op.drop_index(op.f("ix_incident_opened_at"), table_name="incident")
    op.drop_index(op.f("ix_incident_area"), table_name="incident")
    op.drop_table("incident")
    op.drop_index(op.f("ix_console_message_warning"), table_name="console_message")
    op.drop_table("console_message")
    op.drop_table("account")
