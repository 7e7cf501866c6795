#!/bin/sh
# Installs the servers that the smoke tests of redis-py and asyncpg talk to, where apt-get can do it.
# Does nothing when both are there. The tests start servers of their own, on loopback.
set -eu

have_redis() { command -v redis-server >/dev/null; }
have_postgres() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

if have_redis && have_postgres; then exit 0; fi

as_root=
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "install_servers.sh: apt-get or root is missing; install Redis and PostgreSQL by hand." >&2
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
have_redis || $as_root apt-get install -qq -y --no-install-recommends redis-server
have_postgres || $as_root apt-get install -qq -y --no-install-recommends postgresql
