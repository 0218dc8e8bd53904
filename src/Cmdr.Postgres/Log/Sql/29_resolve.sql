-- $1 group, $2 member; $3 topics, $4 partitions: of a slice whose commit was not answered
-- Raising the epoch waits for that commit, or makes it fail if it is still on its way; commits then tells whether it happened.
with held as materialized (
    select l.topic, l.partition
    from unnest($3::smallint[], $4::integer[]) as s (topic, partition)
    join cmdr_log.lease l on l.consumer_group = $1 and l.topic = s.topic and l.partition = s.partition and l.member = $2
    order by l.topic, l.partition
    for no key update of l
)
update cmdr_log.lease l set epoch = l.epoch + 1
from held h where l.consumer_group = $1 and l.topic = h.topic and l.partition = h.partition
returning l.topic, l.partition, l.epoch, l.commits
