-- What a member consumes and how its position is kept: the same for all members of a group. Null for members of hosts of earlier versions.
alter table cmdr_log.member add column topics smallint[], add column keeping smallint;
