-- $1 group. A lease is free when its member is gone. A member that beats or claims just now is not gone, and nobody waits for it: members that wake together
-- after their machine slept would wait for each other.
with gone as (
    select m.id from cmdr_log.member m where m.consumer_group = $1 and m.expires_at < clock_timestamp() for update skip locked
)
delete from cmdr_log.member m using gone g where m.consumer_group = $1 and m.id = g.id
