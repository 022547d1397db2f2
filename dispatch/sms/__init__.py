"""What a short message is: its length on the air, and which numbers may receive one."""
