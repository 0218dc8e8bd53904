insert into cmdr_log.log (partitions) values ($1) on conflict do nothing
