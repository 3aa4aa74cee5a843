#!/usr/bin/env bash
# A hot standby: a copy of the primary at its first start, which follows it from then on.
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  pg_basebackup --host=primary --username="$POSTGRES_USER" --pgdata="$PGDATA" --wal-method=stream \
    --write-recovery-conf --create-slot --slot=standby
fi
chmod 700 "$PGDATA"
exec postgres -c max_connections=200
