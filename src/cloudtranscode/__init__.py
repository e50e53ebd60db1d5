"""Cloud Transcode: a self-hosted, multi-tenant transcoding stack."""

__version__ = "0.1.0"
