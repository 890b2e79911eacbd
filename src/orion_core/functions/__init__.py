"""What a task may do: one file per function, named as admins write it; `catalogue` lists them all."""
