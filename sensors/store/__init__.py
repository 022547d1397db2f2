"""What the sensors side keeps in the database: credentials, tickets, and what is known of each device."""
