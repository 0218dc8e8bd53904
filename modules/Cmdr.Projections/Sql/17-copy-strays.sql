copy cmdr_projections.stray (topic, partition, "offset", fault, key, header_names, header_values, data) from stdin (format binary)
