-- $1 group, $2 member, $3 how long it may be silent
insert into cmdr_log.member (consumer_group, id, expires_at) values ($1, $2, clock_timestamp() + $3)
