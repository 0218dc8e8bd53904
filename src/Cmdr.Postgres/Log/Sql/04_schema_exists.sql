select to_regclass('cmdr_log.migration') is not null
