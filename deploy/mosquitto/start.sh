#!/bin/sh
# Sets the passwords of the services and of the first bridge from the environment, then becomes the broker.
# Further bridges, added by hand (docs/clinic.md), stay.
set -eu
umask 077
passwords=/mosquitto/data/passwords
touch "$passwords"
mosquitto_passwd -b "$passwords" tempoband "$TEMPOBAND_MQTT_PASSWORD"
mosquitto_passwd -b "$passwords" "$TEMPOBAND_BRIDGE_ID" "$TEMPOBAND_BRIDGE_PASSWORD"
# Started as root, the broker gives up root before it reads the file.
if [ "$(id -u)" = 0 ] && id mosquitto >/dev/null 2>&1; then chown mosquitto "$passwords"; fi
exec mosquitto -c /mosquitto/config/mosquitto.conf
