"""The pages, one module for each part of the filer's walk, in its order."""
