select id from cmdr_log.consumer_group where name = $1
