"""Object storage behind one port, and the gateway that lends ffmpeg one job's source."""
