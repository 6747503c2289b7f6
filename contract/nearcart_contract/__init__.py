"""What crosses a process border: MQTT messages and topics, capture files, and the files a user writes."""
