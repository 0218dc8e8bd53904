-- First in every slice's transaction, in one order: who comes second sees what the first committed.
select p.topic, p.partition, p.next, o.generation
from cmdr_projections.origin o, cmdr_projections.position p
join unnest($1::text[], $2::int[]) as wanted(topic, partition) using (topic, partition)
order by p.topic, p.partition
for update of p
