#!/usr/bin/env bash
# Runs once, when the primary's data folder is made.
set -euo pipefail
echo 'host replication all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
