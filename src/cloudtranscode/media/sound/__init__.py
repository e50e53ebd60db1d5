"""Sound by itself: layouts and mixing, codecs, languages, loudness. Pure."""
