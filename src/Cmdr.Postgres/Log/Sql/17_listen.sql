listen cmdr_log
