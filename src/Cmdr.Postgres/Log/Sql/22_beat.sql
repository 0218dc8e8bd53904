-- $1 group, $2 member, $3 how long it may be silent. No row: it was silent for too long, and is a member no more.
update cmdr_log.member set expires_at = clock_timestamp() + $3 where consumer_group = $1 and id = $2 returning true
