select id from cmdr_log.topic where name = $1
