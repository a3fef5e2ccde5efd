//! The SQL shared by the queue tables, which have the same shape in every schema.

/// Expands to the SQL of an inbox: message ids a consumer has taken, one row per consumer and message.
macro_rules! inbox {
    ($schema:literal) => {
        concat!(
            "CREATE TABLE ",
            $schema,
            ".inbox (
                consumer     text NOT NULL,
                message_id   uuid NOT NULL,
                processed_at timestamptz NOT NULL DEFAULT now(),
                CONSTRAINT inbox_pkey PRIMARY KEY (consumer, message_id)
            );
            CREATE INDEX inbox_processed ON ",
            $schema,
            ".inbox (processed_at);"
        )
    };
}

/// Expands to the SQL of an outbox: messages still to be published, in order per ordering key.
macro_rules! outbox {
    ($schema:literal, $table:literal) => {
        concat!(
            "CREATE TABLE ",
            $schema,
            ".",
            $table,
            " (
                id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                message_id   uuid NOT NULL CONSTRAINT ",
            $table,
            "_message UNIQUE,
                ordering_key text NOT NULL,
                routing_key  text NOT NULL,
                envelope     bytea NOT NULL,
                traceparent  text,
                created_at   timestamptz NOT NULL DEFAULT now(),
                not_before   timestamptz,
                attempts     integer NOT NULL DEFAULT 0,
                last_error   text
            ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
                    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);
            CREATE INDEX ",
            $table,
            "_head ON ",
            $schema,
            ".",
            $table,
            " (ordering_key, id);"
        )
    };
}

pub(super) use {inbox, outbox};
