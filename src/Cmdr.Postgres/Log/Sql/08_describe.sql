select identity, partitions, current_setting('synchronous_commit') <> 'off' from cmdr_log.log
