select identity, partitions from cmdr_log.log
