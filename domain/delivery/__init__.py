"""States, reasons, outcomes and progress of deliveries. Pure."""
