-- $1 group, $2 topics. Leases and members as of one moment.
select l.topic, l.partition, l.epoch, l.member, p.next_offset,
       (select array_agg(m.id order by m.id) from cmdr_log.member m where m.consumer_group = $1) as members
from cmdr_log.lease l
join cmdr_log.partition p on p.topic = l.topic and p.partition = l.partition
where l.consumer_group = $1 and l.topic = any ($2)
order by l.topic, l.partition
