"""Video settings as the words of an encoder: one module for each family of codecs."""

from cloudtranscode.media.encode.codecs.encoder import video_encoder

__all__ = ["video_encoder"]
