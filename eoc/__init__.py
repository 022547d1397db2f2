"""The vocabulary, hazard rules, incident engine, journal and store: everything else imports from here."""
