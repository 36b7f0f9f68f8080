"""What only agents' emails have: inline images, files, the thread that they belong to, and originals."""
