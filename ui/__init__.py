"""Every way in: command line, HTTP, WebSocket, web pages and the composition root."""
