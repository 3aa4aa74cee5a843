#!/usr/bin/env bash
set -euo pipefail
umask 077
printf '"customers" "%s"\n' "$POSTGRES_PASSWORD" >/tmp/users.txt
exec pgbouncer /pgbouncer.ini
