"""What a briefing is sealed with: every cell and object read back from its bytes, in a form that a resave keeps."""
