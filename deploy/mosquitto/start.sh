#!/bin/sh
# Sets the password of the services, adds the enrolled bridges and homes, then becomes the broker. When their
# files change, the broker reads them again and cuts whoever is no longer in them.
set -eu
umask 077
enrolled=/mosquitto/enrolled
data=/mosquitto/data

assemble() {
  cat "$data/services" "$enrolled/bridges.passwords" >"$data/passwords.new" 2>/dev/null || true
  cat /mosquitto/config/acl "$enrolled/bridges.acl" >"$data/acl.new" 2>/dev/null || true
  # Started as root, the broker gives up root before it reads the files.
  if [ "$(id -u)" = 0 ] && id mosquitto >/dev/null 2>&1; then
    chown mosquitto "$data/passwords.new" "$data/acl.new"
  fi
  mv "$data/acl.new" "$data/acl"
  mv "$data/passwords.new" "$data/passwords"
}

state() { cat "$enrolled/bridges.passwords" "$enrolled/bridges.acl" 2>/dev/null | cksum; }

: >"$data/services"
mosquitto_passwd -b "$data/services" tempoband "$TEMPOBAND_MQTT_PASSWORD"
was=$(state)
assemble
(
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    now=$(state)
    [ "$now" = "$was" ] && continue
    assemble
    was=$now
    kill -HUP $$
  done
) &
exec mosquitto -c /mosquitto/config/mosquitto.conf
