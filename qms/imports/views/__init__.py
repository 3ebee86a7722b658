"""Pages of imports: upload, one batch with its dry run, the way back."""
