"""A refusal by S3: what most likely caused it, who must act, and the message to send them."""
