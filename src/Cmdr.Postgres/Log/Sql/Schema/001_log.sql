create table cmdr_log.log (
    only_row   boolean primary key default true check (only_row),
    identity   uuid not null default gen_random_uuid(),
    partitions integer not null check (partitions > 0),
    created_at timestamptz not null default clock_timestamp()
);

create table cmdr_log.topic (
    id   smallint generated always as identity primary key,
    name text not null unique
);

-- Room in every page lets each append update its row in place (HOT); the few dead rows are taken early.
create table cmdr_log.partition (
    topic       smallint not null references cmdr_log.topic,
    partition   integer not null,
    next_offset bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- No foreign key: it would cost every append a lock on the topic's row.
create table cmdr_log.record (
    topic     smallint not null,
    partition integer not null,
    "offset"  bigint not null,
    key       bytea not null,
    value     bytea not null,
    headers   bytea not null,
    primary key (topic, partition, "offset")
) with (autovacuum_vacuum_insert_scale_factor = 0.05);

create table cmdr_log.consumer_group (
    id   smallint generated always as identity primary key,
    name text not null unique
);

create table cmdr_log.member (
    consumer_group smallint not null references cmdr_log.consumer_group,
    id             uuid not null,
    expires_at     timestamptz not null,
    primary key (consumer_group, id)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- epoch fences: it rises whenever the partition changes hands. commits counts slices, so that an unanswered commit can be told from one that failed.
create table cmdr_log.lease (
    consumer_group smallint not null references cmdr_log.consumer_group,
    topic          smallint not null references cmdr_log.topic,
    partition      integer not null,
    member         uuid,
    epoch          bigint not null default 0,
    commits        bigint not null default 0,
    next_offset    bigint,
    primary key (consumer_group, topic, partition)
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- UTF-8 as text; any other bytes, and those with a zero, which text cannot hold, as hexadecimal after \x.
create function cmdr_log.text_of(bytes bytea) returns text language plpgsql immutable strict as $$
begin
    return convert_from(bytes, 'UTF8');
exception when character_not_in_repertoire or untranslatable_character then
    return bytes::text;
end $$;

-- Packed headers for people, in their order. Each is the name's length, the name in UTF-8, the value's length, the value; a length is seven bits a byte, the
-- lowest first, the eighth bit set on all but the last.
create function cmdr_log.headers(packed bytea) returns jsonb language plpgsql immutable strict as $$
declare
    at integer := 0;
    size integer;
    shift integer;
    name text;
    found jsonb := '[]';
begin
    while at < octet_length(packed) loop
        for field in 1..2 loop
            size := 0;
            shift := 0;
            loop
                size := size | ((get_byte(packed, at) & 127) << shift);
                shift := shift + 7;
                at := at + 1;
                exit when get_byte(packed, at - 1) < 128;
            end loop;
            if field = 1 then
                name := convert_from(substring(packed from at + 1 for size), 'UTF8');
            else
                found := found || jsonb_build_array(jsonb_build_object('name', name, 'value', cmdr_log.text_of(substring(packed from at + 1 for size))));
            end if;
            at := at + size;
        end loop;
    end loop;
    return found;
end $$;

create view cmdr_log.readable as
    select t.name as topic, r.partition, r."offset", cmdr_log.text_of(r.key) as key, cmdr_log.text_of(r.value) as value, cmdr_log.headers(r.headers) as headers
    from cmdr_log.record r join cmdr_log.topic t on t.id = r.topic;
