insert into cmdr_log.migration (version) values ($1)
