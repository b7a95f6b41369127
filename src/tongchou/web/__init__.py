"""The pages: what each role works with, in the browser. They show and ask; what is computed is computed below."""
