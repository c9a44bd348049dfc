"""Pure values and rules that every layer shares."""
