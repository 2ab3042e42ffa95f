"""The health of an installation: what `cellchain doctor` looks at. Each finding says what to do."""
