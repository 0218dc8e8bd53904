-- $1 group, $2 member, $3 how long it may be silent, $4 topics in their order, $5 how the position is kept
-- No row: the group has members with other topics, or that keep the position in another way. Those that were silent for too long were evicted just before, but
-- for one that beats at this moment, and lives on. The group is locked, so that members who join at once see each other.
insert into cmdr_log.member (consumer_group, id, expires_at, topics, keeping)
select $1, $2, clock_timestamp() + $3, $4, $5
where not exists (
    select from cmdr_log.member m
    where m.consumer_group = $1 and (m.topics <> $4 or m.keeping <> $5))
returning true
