-- $1 group, $2 member. Its leases are free without it.
delete from cmdr_log.member where consumer_group = $1 and id = $2
