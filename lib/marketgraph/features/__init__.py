"""Features: what each entity looked like as of the date."""
