-- $1 group, $2 member; $3 topics, $4 partitions, $5 epochs: leases that were seen free
-- The member's row is locked, so that nobody evicts it meanwhile; an epoch that rose since means that another was faster.
with alive as materialized (
    select m.id from cmdr_log.member m where m.consumer_group = $1 and m.id = $2 for key share of m
),
held as materialized (
    select l.topic, l.partition
    from unnest($3::smallint[], $4::integer[], $5::bigint[]) as s (topic, partition, epoch)
    join cmdr_log.lease l on l.consumer_group = $1 and l.topic = s.topic and l.partition = s.partition and l.epoch = s.epoch
    where exists (select from alive)
    order by l.topic, l.partition
    for no key update of l
)
update cmdr_log.lease l set member = $2, epoch = l.epoch + 1
from held h where l.consumer_group = $1 and l.topic = h.topic and l.partition = h.partition
returning l.topic, l.partition, l.epoch, l.commits, l.next_offset
