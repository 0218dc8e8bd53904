-- $1 names of topics, $2 partitions, $3 offsets
select w.asked, r.key, r.value, r.headers
from unnest($1::text[], $2::integer[], $3::bigint[]) with ordinality as w (topic, partition, "offset", asked)
join cmdr_log.topic t on t.name = w.topic
join cmdr_log.record r on r.topic = t.id and r.partition = w.partition and r."offset" = w."offset"
