"""What a subscriber wants and when an edition is due. Pure."""
