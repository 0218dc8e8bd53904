select p.topic, p.partition, p.next, p.command_offset, o.generation
from cmdr_projections.position p, cmdr_projections.origin o
