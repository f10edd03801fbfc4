"""What the mails of tasks and activities are made from."""
