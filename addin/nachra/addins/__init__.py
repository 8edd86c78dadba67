"""What builds and installs the add-ins of spreadsheets."""
