-- $1 group. A lease is free when its member is gone.
delete from cmdr_log.member where consumer_group = $1 and expires_at < clock_timestamp()
