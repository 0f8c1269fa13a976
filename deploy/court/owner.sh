# shellcheck shell=bash
# What a court's database administrator does once: an owner role that is no superuser, its database, TLS alone.
# Sourced by the image's entry point at the first start.
docker_process_sql --set password="$(cat /court/postgres_owner_password)" <<'SQL'
CREATE ROLE ecflink_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE ecflink OWNER ecflink_owner;
SQL
sed -i 's/^host all all all /hostssl all all all /' "$PGDATA/pg_hba.conf"
