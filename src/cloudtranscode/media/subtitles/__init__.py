"""Subtitles: read from anything that has them, put on the outputs' clock, written again by us."""
