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
CREATE TABLE "audit_head" (
    "id" SMALLINT NOT NULL  PRIMARY KEY,
    "count" BIGINT NOT NULL,
    "head" VARCHAR(64) NOT NULL
);
CREATE TABLE "audit_rows" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "actor" BIGINT,
    "act" VARCHAR(40) NOT NULL,
    "object" VARCHAR(80) NOT NULL,
    "details" TEXT NOT NULL,
    "mac" VARCHAR(64) NOT NULL
);
CREATE TABLE "erased_accounts" (
    "pseudonym" VARCHAR(64) NOT NULL  PRIMARY KEY,
    "erased_at" TIMESTAMP NOT NULL
);
CREATE TABLE "erased_actors" (
    "number" BIGINT NOT NULL  PRIMARY KEY,
    "erased_at" TIMESTAMP NOT NULL
);
CREATE TABLE "guide_counts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "what" VARCHAR(16) NOT NULL,
    "day" DATE NOT NULL,
    "count" INT NOT NULL,
    CONSTRAINT "uid_guide_count_guide_3433e3" UNIQUE ("guide", "step", "what", "day")
);
CREATE TABLE "guide_runs" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "person" VARCHAR(128) NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "fingerprint" VARCHAR(12) NOT NULL,
    "trail" TEXT NOT NULL,
    "attempt" INT NOT NULL,
    "finished" INT NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_guide_runs_platfor_edc8bc" UNIQUE ("platform", "person", "guide")
);
CREATE TABLE "indicators" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code" VARCHAR(8) NOT NULL UNIQUE,
    "label" VARCHAR(120) NOT NULL,
    "unit" VARCHAR(24) NOT NULL,
    "loai" VARCHAR(8) NOT NULL,
    "mau_so" VARCHAR(16) NOT NULL,
    "ky" VARCHAR(8) NOT NULL,
    "chieu" VARCHAR(8) NOT NULL,
    "aliases" TEXT NOT NULL,
    "help" VARCHAR(300) NOT NULL,
    "active" INT NOT NULL,
    "position" INT NOT NULL
);
CREATE TABLE "people" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(120) NOT NULL,
    "phone" VARCHAR(20) NOT NULL,
    "created_at" TIMESTAMP NOT NULL
, "listed_name" VARCHAR(120) NOT NULL DEFAULT '');
CREATE TABLE "accounts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "native_id" VARCHAR(128) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "reachable" INT NOT NULL,
    "muted" INT NOT NULL,
    "last_seen" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    CONSTRAINT "uid_accounts_platfor_742490" UNIQUE ("platform", "native_id")
);
CREATE TABLE "actors" (
    "number" BIGINT NOT NULL  PRIMARY KEY,
    "person_id" BIGINT NOT NULL UNIQUE REFERENCES "people" ("id") ON DELETE CASCADE
);
CREATE TABLE "consents" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "action" VARCHAR(16) NOT NULL,
    "text_version" VARCHAR(16) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "account_id" BIGINT NOT NULL REFERENCES "accounts" ("id") ON DELETE CASCADE
);
CREATE TABLE "quiz_answers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "person" VARCHAR(128) NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "attempt" INT NOT NULL,
    "choice" SMALLINT NOT NULL,
    "right" INT NOT NULL,
    "answered_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_quiz_answer_platfor_fc733d" UNIQUE ("platform", "person", "guide", "step", "attempt")
);
CREATE TABLE "units" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code" VARCHAR(64) NOT NULL UNIQUE,
    "kind" VARCHAR(32) NOT NULL,
    "name" VARCHAR(120) NOT NULL,
    "aliases" TEXT NOT NULL,
    "former_names" TEXT NOT NULL,
    "valid_from" DATE NOT NULL,
    "valid_to" DATE,
    "fictitious" INT NOT NULL,
    "merged_into_id" BIGINT REFERENCES "units" ("id") ON DELETE RESTRICT,
    "parent_id" BIGINT REFERENCES "units" ("id") ON DELETE RESTRICT
);
CREATE TABLE "announcements" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "number" INT NOT NULL,
    "klass" VARCHAR(8) NOT NULL,
    "template" VARCHAR(16) NOT NULL,
    "title" VARCHAR(120) NOT NULL,
    "text" TEXT NOT NULL,
    "attachments" TEXT NOT NULL,
    "source" VARCHAR(200) NOT NULL,
    "not_before" TIMESTAMP,
    "expires_at" TIMESTAMP,
    "audience" TEXT NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "version" INT NOT NULL,
    "content_hash" VARCHAR(64) NOT NULL,
    "audience_hash" VARCHAR(64) NOT NULL,
    "channels" INT NOT NULL,
    "rows" INT NOT NULL,
    "everybody" INT NOT NULL,
    "corrects" BIGINT NOT NULL,
    "reason" VARCHAR(300) NOT NULL,
    "refusal" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "approved_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "approver_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_commune_681101" UNIQUE ("commune_id", "number")
);
CREATE INDEX "idx_announcemen_state_1c9a03" ON "announcements" ("state", "not_before");
CREATE INDEX "idx_announcemen_correct_76560a" ON "announcements" ("corrects");
CREATE TABLE "answers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "version" INT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "done_at" TIMESTAMP,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_answers_state_e4fada" ON "answers" ("state", "created_at");
CREATE TABLE "channels" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "native_id" VARCHAR(128) NOT NULL,
    "purpose" VARCHAR(16) NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "locale" VARCHAR(16),
    "active" INT NOT NULL,
    "inactive_reason" VARCHAR(200) NOT NULL,
    "registered_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_channels_platfor_4074bc" UNIQUE ("platform", "native_id")
);
CREATE TABLE "announcement_targets" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "native_id" VARCHAR(128) NOT NULL,
    "ack_at" TIMESTAMP,
    "reminders" SMALLINT NOT NULL,
    "played_at" TIMESTAMP,
    "ack_by_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    "channel_id" BIGINT NOT NULL REFERENCES "channels" ("id") ON DELETE CASCADE,
    "played_by_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_d1e9f6" UNIQUE ("announcement_id", "channel_id")
);
CREATE INDEX "idx_announcemen_unit_id_3a213d" ON "announcement_targets" ("unit_id");
CREATE TABLE "commune_settings" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "field" VARCHAR(16) NOT NULL,
    "value" TEXT NOT NULL,
    "version" INT NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_commune_set_unit_id_b27790" UNIQUE ("unit_id", "field")
);
CREATE TABLE "figures" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "indicator" VARCHAR(8) NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "ends_on" DATE NOT NULL,
    "version" INT NOT NULL,
    "current" INT NOT NULL,
    "value" BIGINT NOT NULL,
    "out_of" BIGINT,
    "source" VARCHAR(8) NOT NULL,
    "answer" BIGINT,
    "reported_at" TIMESTAMP NOT NULL,
    "reported_by_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_figures_unit_id_32a559" UNIQUE ("unit_id", "indicator", "period", "version")
);
CREATE INDEX "idx_figures_ends_on_da37c8" ON "figures" ("ends_on", "indicator", "unit_id");
CREATE TABLE "help_duty" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "weekday" SMALLINT NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_help_duty_unit_id_c57532" UNIQUE ("unit_id", "weekday", "person_id")
);
CREATE TABLE "help_requests" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "device" VARCHAR(8) NOT NULL,
    "contact" VARCHAR(120) NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "version" INT NOT NULL,
    "stage" VARCHAR(8) NOT NULL,
    "reminded" INT NOT NULL,
    "next_at" TIMESTAMP,
    "promised_at" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "first_answer_at" TIMESTAMP,
    "updated_at" TIMESTAMP NOT NULL,
    "asker_id" BIGINT REFERENCES "accounts" ("id") ON DELETE SET NULL,
    "helper_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_help_reques_state_323ee8" ON "help_requests" ("state", "next_at");
CREATE INDEX "idx_help_reques_unit_id_a6e404" ON "help_requests" ("unit_id", "created_at");
CREATE TABLE "help_asks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "request_id" BIGINT NOT NULL REFERENCES "help_requests" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_help_asks_request_bc92dd" ON "help_asks" ("request_id");
CREATE INDEX "idx_help_asks_person__698812" ON "help_asks" ("person_id", "at");
CREATE TABLE "help_messages" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "from_asker" INT NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "photo" VARCHAR(64) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "request_id" BIGINT NOT NULL REFERENCES "help_requests" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_help_messag_request_5a6a65" ON "help_messages" ("request_id", "id");
CREATE TABLE "invites" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL UNIQUE,
    "purpose" VARCHAR(8) NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "created_by" BIGINT,
    "uses_left" INT NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE TABLE "roles" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "granted_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "ended_at" TIMESTAMP,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_roles_person__68ff6a" ON "roles" ("person_id");
CREATE INDEX "idx_roles_unit_id_c781b5" ON "roles" ("unit_id", "role");
CREATE TABLE "round_plans" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "cadence" VARCHAR(8) NOT NULL,
    "next_period" VARCHAR(8) NOT NULL,
    "remind_at" SMALLINT NOT NULL,
    "reminders" SMALLINT NOT NULL,
    "enabled" INT NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_round_plans_unit_id_43e3c8" UNIQUE ("unit_id", "cadence")
);
CREATE TABLE "rounds" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "opened_at" TIMESTAMP NOT NULL,
    "due_at" TIMESTAMP NOT NULL,
    "steps_done" SMALLINT NOT NULL,
    "next_at" TIMESTAMP,
    "closed_at" TIMESTAMP,
    "reopened_reason" VARCHAR(300) NOT NULL,
    "missing" TEXT NOT NULL,
    "plan_id" BIGINT NOT NULL REFERENCES "round_plans" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_rounds_plan_id_d0036a" UNIQUE ("plan_id", "period")
);
CREATE INDEX "idx_rounds_state_cf3483" ON "rounds" ("state", "next_at");
CREATE TABLE "tasks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "title" VARCHAR(300) NOT NULL,
    "outcome" VARCHAR(300) NOT NULL,
    "due_on" DATE NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "version" INT NOT NULL,
    "note" VARCHAR(500) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "doer_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "giver_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_tasks_unit_id_c08c39" ON "tasks" ("unit_id", "state");
CREATE INDEX "idx_tasks_state_941779" ON "tasks" ("state", "due_on");
CREATE TABLE "unit_sizes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "households" INT,
    "adults" INT,
    "counted_on" DATE NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_unit_sizes_unit_id_b6e977" UNIQUE ("unit_id", "counted_on")
);
CREATE TABLE "wrong_codes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "subject" VARCHAR(64) NOT NULL,
    "at" TIMESTAMP NOT NULL
);
CREATE INDEX "idx_wrong_codes_subject_b7dcea" ON "wrong_codes" ("subject", "at");
CREATE TABLE "guide_checks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "content" VARCHAR(16) NOT NULL,
    "on" DATE NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_guide_check_guide_eff403" ON "guide_checks" ("guide", "content");
CREATE TABLE "guide_flags" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "source" VARCHAR(8) NOT NULL,
    "device" VARCHAR(8) NOT NULL,
    "note" VARCHAR(300) NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "closed_at" TIMESTAMP,
    "account_id" BIGINT REFERENCES "accounts" ("id") ON DELETE SET NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL
);
CREATE INDEX "idx_guide_flags_closed__038e4e" ON "guide_flags" ("closed_at", "guide", "step");
CREATE TABLE "guide_reminders" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "told_on" DATE NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_guide_remin_unit_id_09b435" UNIQUE ("unit_id", "guide")
);
CREATE TABLE "guide_tallies" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "unit" VARCHAR(64) NOT NULL,
    "week" VARCHAR(8) NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "step" VARCHAR(64) NOT NULL,
    "what" VARCHAR(16) NOT NULL,
    "count" INT NOT NULL,
    CONSTRAINT "uid_guide_talli_unit_ef7d38" UNIQUE ("unit", "week", "guide", "step", "what")
);
CREATE TABLE "guide_texts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "base" VARCHAR(16) NOT NULL,
    "text" TEXT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "version" INT NOT NULL,
    "reason" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "decider_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_guide_texts_state_3b6fdf" ON "guide_texts" ("state", "guide");
CREATE TABLE "setting_versions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "field" VARCHAR(16) NOT NULL,
    "version" INT NOT NULL,
    "value" TEXT NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_setting_ver_unit_id_5230ec" UNIQUE ("unit_id", "field", "version")
);
CREATE TABLE "task_sources" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "level" VARCHAR(60) NOT NULL,
    "document" VARCHAR(100) NOT NULL,
    "dated" DATE,
    "task_id" BIGINT NOT NULL UNIQUE REFERENCES "tasks" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_accounts_person__18b6a4" ON "accounts" ("person_id");
CREATE INDEX "idx_accounts_platfor_a012c5" ON "accounts" ("platform", "chat_id");
CREATE TABLE "passing_files" ("name" VARCHAR(200) NOT NULL  PRIMARY KEY, "until" TIMESTAMP NOT NULL);
CREATE TABLE "indicator_pasts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "code" VARCHAR(8) NOT NULL,
    "body" TEXT NOT NULL,
    "until" TIMESTAMP NOT NULL
);
CREATE TABLE "announcement_ways" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "way" VARCHAR(12) NOT NULL,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_b206d0" UNIQUE ("announcement_id", "way")
);
CREATE TABLE "relay_targets" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "steps" SMALLINT NOT NULL,
    "stepped_at" TIMESTAMP,
    "code" VARCHAR(24) NOT NULL UNIQUE,
    "opened" INT NOT NULL,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_relay_targe_announc_f77d3f" UNIQUE ("announcement_id", "unit_id")
);
CREATE INDEX "idx_relay_targe_unit_id_17b65d" ON "relay_targets" ("unit_id");
CREATE TABLE "relay_asks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "package" VARCHAR(90) NOT NULL UNIQUE,
    "state" VARCHAR(9) NOT NULL,
    "turn" SMALLINT NOT NULL,
    "asked_at" TIMESTAMP NOT NULL,
    "answered_at" TIMESTAMP,
    "proof" VARCHAR(120) NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "target_id" BIGINT NOT NULL REFERENCES "relay_targets" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_relay_asks_target__0a3858" ON "relay_asks" ("target_id");
CREATE INDEX "idx_relay_asks_person__97b212" ON "relay_asks" ("person_id", "state");
CREATE INDEX "idx_relay_asks_state_6dcaf0" ON "relay_asks" ("state");
CREATE TABLE "village_ways" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "way" VARCHAR(8) NOT NULL,
    "place" SMALLINT NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_village_way_unit_id_ed5404" UNIQUE ("unit_id", "way")
);
CREATE TABLE "village_groups" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(80) NOT NULL,
    "stage" VARCHAR(8) NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_village_gro_unit_id_4c634e" UNIQUE ("unit_id")
);
CREATE TABLE "village_told" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "way" VARCHAR(12) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_village_tol_announc_ea39c3" UNIQUE ("announcement_id", "unit_id", "way")
);
CREATE INDEX "idx_village_tol_unit_id_03d77b" ON "village_told" ("unit_id");
CREATE TABLE "oa_broadcasts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "followers" INT,
    "at" TIMESTAMP NOT NULL,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_oa_broadcas_announc_95ef07" UNIQUE ("announcement_id")
);
CREATE INDEX "idx_answers_author__fbb7e8" ON "answers" ("author_id");
CREATE INDEX "idx_channels_unit_id_1df605" ON "channels" ("unit_id");
CREATE INDEX "idx_figures_reporte_8651cc" ON "figures" ("reported_by_id");
CREATE INDEX "idx_units_parent__aad0f4" ON "units" ("parent_id");
CREATE INDEX "idx_units_merged__bba532" ON "units" ("merged_into_id");
CREATE INDEX "idx_announcemen_channel_86d041" ON "announcement_targets" ("channel_id");
CREATE INDEX "idx_announcemen_ack_by__2dc003" ON "announcement_targets" ("ack_by_id");
CREATE INDEX "idx_announcemen_played__5a602a" ON "announcement_targets" ("played_by_id");
CREATE INDEX "idx_audit_rows_actor_ad01e4" ON "audit_rows" ("actor");
CREATE INDEX "idx_consents_account_6e1252" ON "consents" ("account_id");
CREATE INDEX "idx_help_reques_asker_i_6e1757" ON "help_requests" ("asker_id");
CREATE INDEX "idx_help_reques_helper__9e9cef" ON "help_requests" ("helper_id");
CREATE INDEX "idx_figures_unit_id_ee9df3" ON "figures" ("unit_id", "indicator", "ends_on");
CREATE TABLE "program_tokens" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(60) NOT NULL,
    "key" VARCHAR(64) NOT NULL UNIQUE,
    "made_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "used_at" TIMESTAMP,
    "revoked_at" TIMESTAMP,
    "noted" VARCHAR(120) NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_program_tok_unit_id_ce7e97" ON "program_tokens" ("unit_id");
CREATE INDEX "idx_program_tok_person__ee353b" ON "program_tokens" ("person_id");
CREATE TABLE "webhooks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "address" VARCHAR(300) NOT NULL,
    "kinds" VARCHAR(200) NOT NULL,
    "salt" VARCHAR(32) NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "stopped_at" TIMESTAMP,
    "why" VARCHAR(16) NOT NULL,
    "sent_at" TIMESTAMP,
    "failures" INT NOT NULL,
    "failing_since" TIMESTAMP,
    "next_at" TIMESTAMP,
    "held_until" TIMESTAMP,
    "last_answer" VARCHAR(40) NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_webhooks_unit_id_e6152b" ON "webhooks" ("unit_id");
CREATE INDEX "idx_webhooks_person__b8fbc3" ON "webhooks" ("person_id");
CREATE TABLE "webhook_deliveries" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "event" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(24) NOT NULL,
    "unit" BIGINT NOT NULL,
    "subject" VARCHAR(40) NOT NULL,
    "happened_at" TIMESTAMP NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "attempts" SMALLINT NOT NULL,
    "tried_at" TIMESTAMP,
    "webhook_id" BIGINT NOT NULL REFERENCES "webhooks" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_webhook_del_webhook_5be8b6" ON "webhook_deliveries" ("webhook_id", "state", "attempts");
CREATE INDEX "idx_webhook_del_event_17c07c" ON "webhook_deliveries" ("event");
CREATE INDEX "idx_webhook_del_happene_96ff8d" ON "webhook_deliveries" ("happened_at");
CREATE TABLE "bot_accounts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(32) NOT NULL UNIQUE,
    "options" TEXT NOT NULL,
    "at_work" INT NOT NULL,
    "version" INT NOT NULL,
    "changed_at" TIMESTAMP NOT NULL,
    "trouble" VARCHAR(300) NOT NULL,
    "unit_id" BIGINT REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE TABLE "desk_forms" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "form" VARCHAR(32) NOT NULL UNIQUE,
    "led_to" VARCHAR(200) NOT NULL,
    "sent_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_desk_forms_sent_at_ffe734" ON "desk_forms" ("sent_at");
CREATE TABLE "desk_keys" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "link" VARCHAR(64) NOT NULL UNIQUE,
    "digits" VARCHAR(64) NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "used_at" TIMESTAMP,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_desk_keys_digits_f0f53f" ON "desk_keys" ("digits");
CREATE INDEX "idx_desk_keys_person__3c63da" ON "desk_keys" ("person_id");
CREATE TABLE "desk_sessions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "key" VARCHAR(64) NOT NULL UNIQUE,
    "browser" VARCHAR(60) NOT NULL,
    "opened_at" TIMESTAMP NOT NULL,
    "seen_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_desk_sessio_person__7c0321" ON "desk_sessions" ("person_id", "ends_at");
CREATE TABLE "difficulties" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "category" VARCHAR(16) NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "due_on" DATE NOT NULL,
    "response" VARCHAR(1000) NOT NULL,
    "directive" VARCHAR(1000) NOT NULL,
    "same_as" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "owner_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "reporter_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_difficultie_unit_id_5df4e4" ON "difficulties" ("unit_id", "state");
CREATE TABLE "difficulty_grades" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "grade" VARCHAR(8) NOT NULL,
    "difficulty_id" BIGINT NOT NULL UNIQUE REFERENCES "difficulties" ("id") ON DELETE CASCADE
);
CREATE TABLE "mentor_questions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "answer" VARCHAR(1000) NOT NULL,
    "asked_at" TIMESTAMP NOT NULL,
    "answered_at" TIMESTAMP,
    "asker_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "difficulty_id" BIGINT REFERENCES "difficulties" ("id") ON DELETE CASCADE,
    "mentor_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_mentor_ques_difficu_d75d7e" ON "mentor_questions" ("difficulty_id");
CREATE INDEX "idx_mentor_ques_mentor__3f4c7d" ON "mentor_questions" ("mentor_id", "answered_at");
CREATE TABLE "bank_imports" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "banks" TEXT NOT NULL,
    "shown" VARCHAR(16) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_bank_import_commune_9d8424" UNIQUE ("commune_id", "person_id")
);
CREATE TABLE "board_names" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "person" VARCHAR(128) NOT NULL,
    "name" VARCHAR(60) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_board_names_platfor_4a391d" UNIQUE ("platform", "person")
);
CREATE TABLE "daily_readers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "person" VARCHAR(128) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "locale" VARCHAR(16) NOT NULL,
    "hour" SMALLINT NOT NULL,
    "asked_on" DATE,
    "asked" BIGINT NOT NULL,
    "since" TIMESTAMP NOT NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_daily_reade_platfor_b529ae" UNIQUE ("platform", "person")
);
CREATE INDEX "idx_daily_reade_hour_3620c2" ON "daily_readers" ("hour", "asked_on");
CREATE TABLE "question_banks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(31) NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_question_ba_commune_8f8b02" UNIQUE ("commune_id", "name")
);
CREATE TABLE "bank_questions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "place" INT NOT NULL,
    "text" VARCHAR(300) NOT NULL,
    "choices" TEXT NOT NULL,
    "right" SMALLINT NOT NULL,
    "why" VARCHAR(200) NOT NULL,
    "guide" VARCHAR(64) NOT NULL,
    "active" INT NOT NULL,
    "bank_id" BIGINT NOT NULL REFERENCES "question_banks" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_bank_questi_bank_id_92c5b2" UNIQUE ("bank_id", "text")
);
CREATE TABLE "group_quizzes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "chat_id" VARCHAR(128) NOT NULL,
    "questions" TEXT NOT NULL,
    "at" SMALLINT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "started_at" TIMESTAMP NOT NULL,
    "bank_id" BIGINT NOT NULL REFERENCES "question_banks" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_group_quizz_platfor_b104ae" ON "group_quizzes" ("platform", "chat_id", "state");
CREATE TABLE "question_answers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "platform" VARCHAR(32) NOT NULL,
    "person" VARCHAR(128) NOT NULL,
    "occasion" VARCHAR(32) NOT NULL,
    "right" INT NOT NULL,
    "answered_at" TIMESTAMP NOT NULL,
    "question_id" BIGINT NOT NULL REFERENCES "bank_questions" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_question_an_platfor_fd87b3" UNIQUE ("platform", "person", "question_id", "occasion")
);
CREATE INDEX "idx_question_an_unit_id_c7ac88" ON "question_answers" ("unit_id", "answered_at");
CREATE INDEX "idx_question_an_occasio_d33f20" ON "question_answers" ("occasion");
CREATE TABLE "training_sessions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "audience" VARCHAR(8) NOT NULL,
    "topic" VARCHAR(80) NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "place" VARCHAR(200) NOT NULL,
    "starts_at" TIMESTAMP NOT NULL,
    "code" VARCHAR(8) NOT NULL UNIQUE,
    "state" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "present" INT,
    "questions" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "trainer_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_training_se_unit_id_e48ab2" ON "training_sessions" ("unit_id", "state");
CREATE INDEX "idx_training_se_state_fd1fdb" ON "training_sessions" ("state", "starts_at");
CREATE TABLE "training_seats" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(80) NOT NULL,
    "joined_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "session_id" BIGINT NOT NULL REFERENCES "training_sessions" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_training_se_session_18ab7c" UNIQUE ("session_id", "person_id")
);
CREATE INDEX "idx_training_se_person__2a450a" ON "training_seats" ("person_id");
CREATE TABLE "training_answers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "phase" VARCHAR(6) NOT NULL,
    "question" SMALLINT NOT NULL,
    "right" INT NOT NULL,
    "answered_at" TIMESTAMP NOT NULL,
    "seat_id" BIGINT NOT NULL REFERENCES "training_seats" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_training_an_seat_id_b29974" UNIQUE ("seat_id", "phase", "question")
);
CREATE TABLE "plays" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "announcement" BIGINT NOT NULL,
    "recording" BIGINT NOT NULL,
    "played_at" TIMESTAMP NOT NULL,
    "noted_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_plays_unit_id_5c6b9c" UNIQUE ("unit_id", "announcement", "recording", "played_at")
);
CREATE TABLE "recordings" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(5) NOT NULL,
    "title" VARCHAR(120) NOT NULL,
    "script" TEXT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "media" VARCHAR(64) NOT NULL,
    "seconds" INT NOT NULL,
    "size" INT NOT NULL,
    "loudness" REAL NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "approver_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_recordings_commune_24d6c0" ON "recordings" ("commune_id", "state");
CREATE INDEX "idx_recordings_media_ab0faa" ON "recordings" ("media");
CREATE TABLE "loudspeaker_plans" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "spot" VARCHAR(40) NOT NULL,
    "days" VARCHAR(7) NOT NULL,
    "hours" VARCHAR(80) NOT NULL,
    "version" INT NOT NULL,
    "since" TIMESTAMP NOT NULL,
    "player_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_loudspeaker_unit_id_aa2411" UNIQUE ("unit_id", "spot")
);
CREATE TABLE "meetings" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "subject" VARCHAR(300) NOT NULL,
    "place" VARCHAR(200) NOT NULL,
    "agenda" TEXT NOT NULL,
    "starts_at" TIMESTAMP NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "version" INT NOT NULL,
    "present" INT,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "caller_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_meetings_unit_id_57a378" ON "meetings" ("unit_id", "starts_at");
CREATE TABLE "meeting_points" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "text" VARCHAR(300) NOT NULL,
    "passed_on" INT NOT NULL,
    "meeting_id" BIGINT NOT NULL REFERENCES "meetings" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_meeting_poi_meeting_7fd37c" ON "meeting_points" ("meeting_id");
CREATE TABLE "issued_papers" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "form" VARCHAR(8) NOT NULL,
    "year" INT NOT NULL,
    "number" INT NOT NULL,
    "symbol" VARCHAR(40) NOT NULL,
    "signed_on" DATE NOT NULL,
    "subject" VARCHAR(300) NOT NULL,
    "readers" VARCHAR(200) NOT NULL,
    "version" INT NOT NULL,
    "recorded_at" TIMESTAMP NOT NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    "recorder_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    CONSTRAINT "uid_issued_pape_commune_5bc635" UNIQUE ("commune_id", "year", "symbol", "number")
);
CREATE TABLE "issued_paper_files" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "media" VARCHAR(200) NOT NULL UNIQUE,
    "kind" VARCHAR(8) NOT NULL,
    "title" VARCHAR(120) NOT NULL,
    "size" INT NOT NULL,
    "paper_id" BIGINT NOT NULL REFERENCES "issued_papers" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_issued_pape_paper_i_a1ac92" ON "issued_paper_files" ("paper_id");
CREATE INDEX "idx_announcemen_author__c1ffbb" ON "announcements" ("author_id");
CREATE INDEX "idx_announcemen_approve_aa51a0" ON "announcements" ("approver_id");
CREATE INDEX "idx_units_id_b436ff" ON "units" ("id") WHERE replace(lower(kind), 'Đ', 'đ') in ('phường', 'xã', 'đặc khu');
CREATE TABLE "privacy_requests" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(8) NOT NULL,
    "asker" VARCHAR(120) NOT NULL,
    "words" VARCHAR(500) NOT NULL,
    "came_on" DATE NOT NULL,
    "due_on" DATE NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "answer" VARCHAR(300) NOT NULL,
    "noted_at" TIMESTAMP NOT NULL,
    "closed_at" TIMESTAMP,
    "closer_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "commune_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    "noter_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL
);
CREATE INDEX "idx_privacy_req_commune_7d91cf" ON "privacy_requests" ("commune_id", "state", "due_on");
CREATE TABLE "good_practices" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "title" VARCHAR(120) NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "result" VARCHAR(500) NOT NULL,
    "named" INT NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "version" INT NOT NULL,
    "reason" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "published_at" TIMESTAMP,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "reviewer_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_good_practi_state_2d4962" ON "good_practices" ("state", "published_at");
CREATE INDEX "idx_good_practi_unit_id_62bf9d" ON "good_practices" ("unit_id", "state");
CREATE TABLE "practice_uses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "practice_id" BIGINT NOT NULL REFERENCES "good_practices" ("id") ON DELETE CASCADE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_practice_us_practic_cfa05b" UNIQUE ("practice_id", "unit_id")
);
CREATE TABLE "remarks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "text" VARCHAR(1000) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_remarks_unit_id_3497e3" ON "remarks" ("unit_id", "period");
CREATE TABLE "village_methods" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "method" VARCHAR(16) NOT NULL,
    "own" VARCHAR(60) NOT NULL,
    "since" DATE NOT NULL,
    "ended_on" DATE,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_village_met_unit_id_1c9c10" ON "village_methods" ("unit_id", "ended_on");
CREATE TABLE "visits" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "topic" VARCHAR(32) NOT NULL,
    "people" INT NOT NULL,
    "outcome" VARCHAR(8) NOT NULL,
    "minutes" INT NOT NULL,
    "day" DATE NOT NULL,
    "key" VARCHAR(24) NOT NULL UNIQUE,
    "noted_at" TIMESTAMP NOT NULL,
    "person_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_visits_unit_id_6f0968" ON "visits" ("unit_id", "day");
CREATE INDEX "idx_visits_person__f180b0" ON "visits" ("person_id", "day");
CREATE TABLE "opinion_tallies" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "unit" VARCHAR(64) NOT NULL,
    "month" VARCHAR(8) NOT NULL,
    "about" VARCHAR(8) NOT NULL,
    "mood" VARCHAR(8) NOT NULL,
    "count" INT NOT NULL,
    CONSTRAINT "uid_opinion_tal_unit_464368" UNIQUE ("unit", "month", "about", "mood")
);
CREATE TABLE "visit_checks" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "drawn_at" TIMESTAMP NOT NULL,
    "result" VARCHAR(8) NOT NULL,
    "noted_at" TIMESTAMP,
    "visit_id" BIGINT NOT NULL UNIQUE REFERENCES "visits" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_visit_check_result_56c00b" ON "visit_checks" ("result", "drawn_at");
CREATE TABLE "products" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "behalf" INT NOT NULL,
    "name" VARCHAR(80) NOT NULL,
    "text" VARCHAR(300) NOT NULL,
    "price" INT,
    "per" VARCHAR(40) NOT NULL,
    "contact" VARCHAR(200) NOT NULL,
    "photo" VARCHAR(64) NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "version" INT NOT NULL,
    "reason" VARCHAR(300) NOT NULL,
    "terms" VARCHAR(16) NOT NULL,
    "agreed_at" TIMESTAMP,
    "ends_on" DATE,
    "changed_at" TIMESTAMP NOT NULL,
    "owner_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE,
    "reviewer_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_products_unit_id_6e73c8" ON "products" ("unit_id", "state");
CREATE INDEX "idx_products_owner_i_8e8876" ON "products" ("owner_id", "state");
CREATE INDEX "idx_products_state_fe1a50" ON "products" ("state", "changed_at");
CREATE TABLE "targets" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "indicator" VARCHAR(8) NOT NULL,
    "period" VARCHAR(8) NOT NULL,
    "version" INT NOT NULL,
    "superseded" INT NOT NULL,
    "value" BIGINT NOT NULL,
    "reason" VARCHAR(300) NOT NULL,
    "set_at" TIMESTAMP NOT NULL,
    "acknowledged_at" TIMESTAMP,
    "acknowledged_by_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "set_by_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_targets_unit_id_781236" UNIQUE ("unit_id", "indicator", "period", "version")
);
CREATE INDEX "idx_targets_period_a17ee6" ON "targets" ("period", "indicator");
CREATE TABLE "target_plans" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "state" VARCHAR(9) NOT NULL,
    "version" INT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "done_at" TIMESTAMP,
    "author_id" BIGINT REFERENCES "people" ("id") ON DELETE SET NULL,
    "unit_id" BIGINT NOT NULL REFERENCES "units" ("id") ON DELETE CASCADE
);
CREATE TABLE "unheard_words" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "key" VARCHAR(24) NOT NULL UNIQUE,
    "commune" VARCHAR(64) NOT NULL,
    "text" VARCHAR(400) NOT NULL,
    "offered" VARCHAR(400) NOT NULL,
    "chosen" VARCHAR(64) NOT NULL,
    "named" VARCHAR(64) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "person_id" BIGINT NOT NULL REFERENCES "people" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_unheard_wor_commune_ee4b28" ON "unheard_words" ("commune", "named", "at");
CREATE INDEX "idx_unheard_wor_person__418f50" ON "unheard_words" ("person_id", "at");
CREATE TABLE "visit_stages" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(16) NOT NULL,
    "stage" VARCHAR(8) NOT NULL,
    "visit_id" BIGINT NOT NULL UNIQUE REFERENCES "visits" ("id") ON DELETE CASCADE
);
insert into tortoise_migrations (app, name, applied_at) values ('core', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0002_detours', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0003_bodies', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('core', '0004_no_leases', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0002_learning_and_channels', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0003_plans_papers_and_quality', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0004_products', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0005_history_of_indicators', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0006_listed_people', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0007_ways_and_stages', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0008_apps_of_their_own', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0009_relays', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0010_village_groups', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0011_village_told', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0012_oa_broadcasts', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0013_indexes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0014_links', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0015_figures_by_village', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0016_programs', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bots', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('desk', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('difficulties', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('difficulties', '0002_grades_and_mentors', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('learning', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('loudspeaker', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('loudspeaker', '0002_plans', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('meetings', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('papers', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('bot', '0017_communes', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('people', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('practices', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('practices', '0002_methods', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('visits', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('quality', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('showcase', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('targets', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('unheard', '0001_initial', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
insert into tortoise_migrations (app, name, applied_at) values ('visits', '0002_stages', strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
commit;
