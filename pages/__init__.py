"""The few web pages that the chat links to."""
