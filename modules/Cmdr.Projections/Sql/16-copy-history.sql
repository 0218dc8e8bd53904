copy cmdr_projections.history (topic, partition, "offset", id, type, subject, time, source, correlation_id, causation_id, actor, sequence, command_offset,
    command_hash, expected_sequence, outcome, saga, not_before, data_schema, trace_parent, trace_state, data) from stdin (format binary)
