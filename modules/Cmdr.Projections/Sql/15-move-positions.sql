update cmdr_projections.position p
set next = moved.next, command_offset = greatest(p.command_offset, moved.command_offset)
from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[]) as moved(topic, partition, expected, next, command_offset)
where p.topic = moved.topic and p.partition = moved.partition and p.next = moved.expected
