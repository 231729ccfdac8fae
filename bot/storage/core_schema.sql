-- Written by python -m tools.schema
begin;
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
CREATE TABLE "inbox" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "event_id" VARCHAR(200) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "body" TEXT,
    "noted_at" TIMESTAMP NOT NULL,
    "attempts" SMALLINT NOT NULL,
    "failed" TEXT,
    CONSTRAINT "uid_inbox_platfor_fcdb9d" UNIQUE ("platform", "event_id")
);
CREATE INDEX "idx_inbox_platfor_c2e7bf" ON "inbox" ("platform", "chat_id");
CREATE TABLE "jobs" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "key" VARCHAR(120) NOT NULL UNIQUE,
    "body" TEXT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "token" VARCHAR(32) NOT NULL,
    "lease_until" TIMESTAMP,
    "attempts" SMALLINT NOT NULL,
    "not_before" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL
);
CREATE INDEX "idx_jobs_state_150668" ON "jobs" ("state", "not_before");
CREATE TABLE "log_entries" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "number" INT NOT NULL,
    "key" VARCHAR(128),
    "body" TEXT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_log_entries_platfor_c1cfb5" UNIQUE ("platform", "chat_id", "number"),
    CONSTRAINT "uid_log_entries_platfor_63c7bf" UNIQUE ("platform", "chat_id", "key")
);
CREATE TABLE "outbox" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "klass" VARCHAR(8) NOT NULL,
    "announcement" BIGINT NOT NULL,
    "package" VARCHAR(90) NOT NULL,
    "part" SMALLINT NOT NULL,
    "key" VARCHAR(120) NOT NULL UNIQUE,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "chat_kind" VARCHAR(8) NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "message" TEXT NOT NULL,
    "choices" TEXT NOT NULL,
    "any_hour" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "reason" VARCHAR(200) NOT NULL,
    "decision" VARCHAR(10) NOT NULL,
    "resend_of" BIGINT NOT NULL,
    "replacing" VARCHAR(64) NOT NULL,
    "not_before" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "token" VARCHAR(32) NOT NULL,
    "lease_until" TIMESTAMP,
    "attempts" SMALLINT NOT NULL,
    "message_id" VARCHAR(64) NOT NULL,
    "gone" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL
, "body_id" BIGINT NOT NULL DEFAULT 0);
CREATE INDEX "idx_outbox_platfor_363a9b" ON "outbox" ("platform", "chat_id", "state");
CREATE INDEX "idx_outbox_announc_e484d5" ON "outbox" ("announcement", "state");
CREATE INDEX "idx_outbox_package_11e1a0" ON "outbox" ("package", "part");
CREATE TABLE "outbox_stops" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "announcement" BIGINT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "reason" VARCHAR(10) NOT NULL,
    "detail" VARCHAR(200) NOT NULL,
    "held" INT NOT NULL,
    "told" INT NOT NULL,
    "stopped_at" TIMESTAMP NOT NULL,
    "resumed_at" TIMESTAMP
);
CREATE INDEX "idx_outbox_stop_announc_2310ab" ON "outbox_stops" ("announcement");
CREATE INDEX "idx_outbox_stop_told_48fc2e" ON "outbox_stops" ("told");
CREATE TABLE "pauses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "until" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_pauses_platfor_48a730" UNIQUE ("platform", "chat_id")
);
CREATE TABLE "platform_values" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    "value" TEXT NOT NULL,
    CONSTRAINT "uid_platform_va_platfor_0592ab" UNIQUE ("platform", "key")
);
CREATE TABLE "sessions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "version" BIGINT NOT NULL,
    "done_seq" BIGINT NOT NULL,
    "out_seq" BIGINT NOT NULL,
    "sent_seq" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_sessions_platfor_af4b7a" UNIQUE ("platform", "chat_id")
);
CREATE TABLE "stored_actions" (
    "token" VARCHAR(24) NOT NULL  PRIMARY KEY,
    "packed" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE TABLE "detours" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "package" VARCHAR(90) NOT NULL UNIQUE,
    "instead_of" VARCHAR(90) NOT NULL UNIQUE,
    "made_at" TIMESTAMP NOT NULL
);
CREATE INDEX "idx_outbox_platfor_e8691a" ON "outbox" ("platform", "state", "announcement", "not_before", "id");
CREATE TABLE "outbox_bodies" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "words" TEXT NOT NULL
);
CREATE INDEX "idx_outbox_body_id_dcb249" ON "outbox" ("body_id") WHERE body_id <> 0;
CREATE INDEX "idx_inbox_seq_86ffbf" ON "inbox" ("seq") WHERE body is not null;
insert into tortoise_migrations (app, name, applied_at) values ('core', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0002_detours', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0003_bodies', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0004_no_leases', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
commit;
