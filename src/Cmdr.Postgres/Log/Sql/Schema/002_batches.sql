-- Hosts of earlier versions may be appending: what they commit before the lock is copied below, and nothing is after it. The view first, as its readers lock.
drop view cmdr_log.readable;
lock table cmdr_log.record in access exclusive mode;

-- Records that one write appended to one partition, packed: consecutive, as many as fill a page, or one that is larger. Keyed by the last of them, so that
-- the batch which holds an offset is the first whose last offset is not below it. Pages are filled without compression, which would cost more than it saves;
-- they are frozen by the first vacuum that sees them, so that none has to come back for them.
create table cmdr_log.batch (
    last_offset bigint not null,
    partition   integer not null,
    count       integer not null,
    topic       smallint not null,
    payload     bytea not null,
    primary key (topic, partition, last_offset)
) with (
    toast_tuple_target = 8160,
    autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_freeze_min_age = 0,
    toast.autovacuum_vacuum_insert_scale_factor = 0.05, toast.autovacuum_freeze_min_age = 0);
alter table cmdr_log.batch alter column payload set storage external;

-- A length as packed records have it: seven bits a byte, the lowest first, the eighth bit set on all but the last.
create function cmdr_log.packed_length(length integer) returns bytea language sql immutable strict as $$
    select case
        when length < 1 << 7 then set_byte('\x00', 0, length)
        when length < 1 << 14 then set_byte(set_byte('\x0000', 0, length & 127 | 128), 1, length >> 7)
        when length < 1 << 21 then set_byte(set_byte(set_byte('\x000000', 0, length & 127 | 128), 1, length >> 7 & 127 | 128), 2, length >> 14)
    end
$$;

-- What earlier versions kept as a row a record becomes a batch of one each.
insert into cmdr_log.batch (last_offset, partition, count, topic, payload)
select "offset", partition, 1, topic,
       cmdr_log.packed_length(octet_length(key)) || key || cmdr_log.packed_length(octet_length(value)) || value
       || cmdr_log.packed_length(octet_length(headers)) || headers
from cmdr_log.record;
drop table cmdr_log.record;
drop function cmdr_log.packed_length(integer);

-- The records of a batch, from ordinal 0: each is the key, the value and the packed headers, the length of each before it.
create function cmdr_log.records(payload bytea)
returns table (ordinal integer, key bytea, value bytea, headers bytea) language plpgsql immutable strict as $$
declare
    bytes bytea := substring(payload from 1); -- fetched once, not for each byte
    fields bytea[];
    at integer := 0;
    next integer;
    size integer;
    shift integer;
begin
    ordinal := 0;
    while at < octet_length(bytes) loop
        for field in 1..3 loop
            size := 0;
            shift := 0;
            loop
                next := get_byte(bytes, at);
                size := size | ((next & 127) << shift);
                shift := shift + 7;
                at := at + 1;
                exit when next < 128;
            end loop;
            fields[field] := substring(bytes from at + 1 for size);
            at := at + size;
        end loop;
        key := fields[1];
        value := fields[2];
        headers := fields[3];
        return next;
        ordinal := ordinal + 1;
    end loop;
end $$;

-- Packed headers for people, in their order. Each is the name's length, the name in UTF-8, the value's length, the value; in place of a known name stands a
-- zero and the name's number.
create or replace function cmdr_log.headers(packed bytea) returns jsonb language plpgsql immutable strict as $$
declare
    known constant text[] := array['', 'ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'content-type', 'ce_dataschema',
        'traceparent', 'tracestate', 'ce_correlationid', 'ce_causationid', 'ce_actor', 'ce_sequence', 'ce_commandoffset', 'ce_commandhash',
        'ce_expectedsequence', 'ce_outcome', 'ce_saga', 'ce_noted', 'ce_notbefore'];
    at integer := 0;
    next integer;
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
                next := get_byte(packed, at);
                size := size | ((next & 127) << shift);
                shift := shift + 7;
                at := at + 1;
                exit when next < 128;
            end loop;
            if field = 2 then
                found := found || jsonb_build_array(jsonb_build_object('name', name, 'value', cmdr_log.text_of(substring(packed from at + 1 for size))));
            elsif size = 0 then
                name := known[get_byte(packed, at) + 1];
                size := 1;
            else
                name := convert_from(substring(packed from at + 1 for size), 'UTF8');
            end if;
            at := at + size;
        end loop;
    end loop;
    return found;
end $$;

create view cmdr_log.readable as
    select t.name as topic, b.partition, b.last_offset - b.count + 1 + r.ordinal as "offset",
           cmdr_log.text_of(r.key) as key, cmdr_log.text_of(r.value) as value, cmdr_log.headers(r.headers) as headers
    from cmdr_log.batch b join cmdr_log.topic t on t.id = b.topic, cmdr_log.records(b.payload) r;

-- One record by its position, without unpacking others than those of its batch.
create function cmdr_log.at(topic text, partition integer, "offset" bigint)
returns table (key text, value text, headers jsonb) language sql stable strict as $$
    select cmdr_log.text_of(r.key), cmdr_log.text_of(r.value), cmdr_log.headers(r.headers)
    from cmdr_log.topic t
    cross join lateral (
        select b.last_offset, b.count, b.payload from cmdr_log.batch b
        where b.topic = t.id and b.partition = $2 and b.last_offset >= $3 order by b.last_offset limit 1
    ) b,
    cmdr_log.records(b.payload) r
    where t.name = $1 and r.ordinal = $3 - (b.last_offset - b.count + 1)
$$;
