"""Pictures of moments: posters, thumbnails, sprites and previews."""
