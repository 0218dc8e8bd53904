select coalesce(max(version), 0) from cmdr_log.migration
