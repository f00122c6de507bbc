"""LINE Platform on localhost, with a phone in the browser and a control interface for tests."""
