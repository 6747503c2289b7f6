"""An edge whose radio is somebody else's: their scanners' MQTT messages in place of bleak."""
