insert into cmdr_log.consumer_group (name)
select $1 where not exists (select from cmdr_log.consumer_group where name = $1)
on conflict do nothing
