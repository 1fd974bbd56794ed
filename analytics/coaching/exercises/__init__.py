"""The rows of the catalogue, one module a family. Facts are the articles'; the words are ours."""
