"""The application: command line, settings, wiring, scheduler, folder watching, health endpoint and demo."""
