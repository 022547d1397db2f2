"""Camera streams in: supervised workers that turn pictures into sightings."""
