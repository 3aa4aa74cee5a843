#!/usr/bin/env bash
# A hot standby: a copy of the primary at its first start, which follows it from then on.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A copy that was interrupted is begun anew: what is there of it goes, the primary's slot for it is used again.
  rm -rf "${PGDATA:?}"/*
  psql --host=primary --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --quiet --command="
    SELECT pg_create_physical_replication_slot('standby')
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'standby')" >/dev/null
  pg_basebackup --host=primary --username="$POSTGRES_USER" --pgdata="$PGDATA/copy" --wal-method=stream \
    --write-recovery-conf --slot=standby
  # PG_VERSION last: it says that all is there.
  find "$PGDATA/copy" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv --target-directory="$PGDATA" {} +
  mv "$PGDATA/copy/PG_VERSION" "$PGDATA"
  rmdir "$PGDATA/copy"
fi
chmod 700 "$PGDATA"
exec postgres -c max_connections=200 -c log_error_verbosity=terse
