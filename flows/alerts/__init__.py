"""Telling people: what became of an incident, once each, by the channels that the configuration names."""
