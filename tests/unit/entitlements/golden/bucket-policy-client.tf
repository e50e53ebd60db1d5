# ClientA attaches this in its own account.
# Account 444455556666 entitles arn:aws:iam::111122223333:role/stack_prod of account 111122223333. Every statement ends at 2027-01-31T00:00:00Z.

# This sets the whole policy of clienta-in, and does not add to one that is there; the statements that stood there when this was written are in it, unchanged.
resource "aws_s3_bucket_policy" "clienta_in_832099" {
  bucket = "clienta-in"
  policy = jsonencode({
    Version = "2012-10-17"
    Id      = "theirs"
    Statement = [
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::clienta-in", "arn:aws:s3:::clienta-in/*"]
        Condition = { Bool = { "aws:SecureTransport" = false }, NumericLessThan = { "s3:TlsVersion" = 1.2 } }
      },
      {
        # s3:GetObject: Read the sources, by ranges.
        Sid       = "CloudTranscodeReadClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::clienta-in/video/*"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:ListBucket (optional): Tell a source that is missing from a grant that is missing: without it both read 403.
        Sid       = "CloudTranscodeLookClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:ListBucket"
        Resource  = "arn:aws:s3:::clienta-in"
        Condition = { StringLike = { "s3:prefix" = "video/*" }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:AbortMultipartUpload: Allowed, to prove that whoever attaches this controls the bucket; under this key nothing is ever kept.
        Sid       = "CloudTranscodeControlInputOpenClientA012345"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:AbortMultipartUpload"
        Resource  = "arn:aws:s3:::clienta-in/video/.cloudtranscode-control/0123456789abcdef0123456789abcdef/open"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
    ]
  })
}

# This sets the whole policy of clienta-out, and does not add to one that is there; there was none when this was written.
resource "aws_s3_bucket_policy" "clienta_out_d37079" {
  bucket = "clienta-out"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # s3:PutObject: Write the results, in parts.
        # s3:AbortMultipartUpload: Take back the parts of a job that crashed or was cancelled, so that they do not stay on the bill.
        Sid       = "CloudTranscodeWriteClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = ["s3:PutObject", "s3:AbortMultipartUpload"]
        Resource  = "arn:aws:s3:::clienta-out/results/*"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:ListBucketMultipartUploads (optional): Find the parts that a killed worker left, so that they can be taken back.
        Sid       = "CloudTranscodeSweepClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:ListBucketMultipartUploads"
        Resource  = "arn:aws:s3:::clienta-out"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:PutObjectAcl (optional): Give the bucket's owner full control of the results, where the bucket does not take it by itself.
        Sid       = "CloudTranscodeHandOverClientA"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:PutObjectAcl"
        Resource  = "arn:aws:s3:::clienta-out/results/*"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" }, DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
      {
        # s3:AbortMultipartUpload: Denied, to prove that whoever attaches this controls the bucket; under this key nothing is ever kept.
        Sid       = "CloudTranscodeControlOutputShutClientA012345"
        Effect    = "Deny"
        Principal = { AWS = "arn:aws:iam::111122223333:role/stack_prod" }
        Action    = "s3:AbortMultipartUpload"
        Resource  = "arn:aws:s3:::clienta-out/results/.cloudtranscode-control/0123456789abcdef0123456789abcdef/shut"
        Condition = { DateLessThan = { "aws:CurrentTime" = "2027-01-31T00:00:00Z" } }
      },
    ]
  })
}

# Add to the policy of the key arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab:
# {"Sid": "CloudTranscodeUseKeyClientA", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/stack_prod"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}, "DateLessThan": {"aws:CurrentTime": "2027-01-31T00:00:00Z"}}}
# kms:Decrypt: Read sources that the key protects, and put together results that were uploaded in parts.
# kms:GenerateDataKey: Write results that the key protects.
