"""Spikes and synapses in the formats of the field: NWB, SONATA, Neo, Brian2, tables."""
