-- $1 names of topics, $2 partitions, $3 offsets. The batch that holds each, whole.
select w.asked, b.last_offset, b.count, b.payload
from unnest($1::text[], $2::integer[], $3::bigint[]) with ordinality as w (topic, partition, "offset", asked)
join cmdr_log.topic t on t.name = w.topic
cross join lateral (
    select b.last_offset, b.count, b.payload
    from cmdr_log.batch b
    where b.topic = t.id and b.partition = w.partition and b.last_offset >= w."offset"
    order by b.last_offset
    limit 1
) b
where w."offset" > b.last_offset - b.count
