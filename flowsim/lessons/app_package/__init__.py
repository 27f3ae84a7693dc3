"""What is in an app's files, for anybody who has the app: its strings, and the addresses it claims."""
