"""What an answer in plain prose settles on: a number, an option, do or do not. Rules alone, free and replay-exact."""
