"""What may be fetched, and within which budgets. Pure policy; `edge.http` applies it."""
