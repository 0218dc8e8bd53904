select *
from cmdr_projections.history
where id = $1 and topic = $2 and ($3::text is null or subject = $3)
order by time, partition, "offset"
limit 1
