"""The conversation: turn an event into actions. Imports neither a framework nor the transport."""
