#!/bin/sh
# Makes, or mends, the account Grafana reads scores with. It sees no person: neither names nor whose set it was.
# Run once the dashboard has made its tables; again after a change of the password.
set -eu
psql --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv password TEMPOBAND_GRAFANA_READER_PASSWORD
SELECT 'CREATE ROLE grafana LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana') \gexec
ALTER ROLE grafana PASSWORD :'password';
ALTER ROLE grafana SET default_transaction_read_only = on;
GRANT SELECT (clinic_id, id, sensor, exercise, kind, started_us, ended_us, status, coverage, lost_samples,
    revision, discarded_us) ON sets TO grafana;
GRANT SELECT (clinic_id, set_id, revision, scoring_version, status, started_us, ended_us, rep_count, tut_s,
    on_tempo_share, on_tempo_reps, judged_reps, tempo_score, eccentric_score) ON scores TO grafana;
SQL
