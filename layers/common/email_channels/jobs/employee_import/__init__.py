"""Jobs of the kind `import`: a CSV file of employees becomes the directory."""
