"""What builds and checks the project. Never part of the installed product; standard library only."""
