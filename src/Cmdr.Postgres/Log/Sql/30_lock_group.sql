-- $1 group
select true from cmdr_log.consumer_group where id = $1 for no key update
